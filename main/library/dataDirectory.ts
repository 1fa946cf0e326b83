import { homedir } from 'node:os'
import path from 'node:path'

interface Machine {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: NodeJS.Platform
  readonly home: string
}

/** The folder of the library and everything else that is kept: HEADROOM_DATA when set, else the platform's usual place. */
export function dataDirectory ({ env, platform, home }: Machine = { env: process.env, platform: process.platform, home: homedir() }): string {
  const { posix, win32 } = path
  if (env['HEADROOM_DATA']) return path.resolve(env['HEADROOM_DATA'])
  switch (platform) {
    case 'win32': return win32.join(env['APPDATA'] || win32.join(home, 'AppData', 'Roaming'), 'Headroom')
    case 'darwin': return posix.join(home, 'Library', 'Application Support', 'Headroom')
    default: {
      // The XDG specification says that a relative path must be ignored.
      const base = env['XDG_DATA_HOME']
      return posix.join(base && posix.isAbsolute(base) ? base : posix.join(home, '.local', 'share'), 'headroom')
    }
  }
}
