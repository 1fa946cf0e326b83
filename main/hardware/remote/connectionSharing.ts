import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Sharing } from './sshArguments.ts'

/** ssh's own limit is that of a socket's name, about 104 bytes; `%C` becomes 40 and a temporary suffix 17 more. */
const LONGEST_FOLDER = 104 - 40 - 17 - 2

export interface ConnectionSharing {
  readonly sharing: Sharing
  /** Ends the shared connections and removes the folder. */
  readonly close: () => void
}

/**
 * A private folder for the sockets of shared connections, so that one log-in serves many looks. No sharing under Windows, whose
 * ssh cannot, or where no folder short enough can be made.
 */
export function shareConnections (ssh: string, env: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): ConnectionSharing {
  const folder = platform === 'win32' ? null : privateFolder(env)
  if (folder === null) return { sharing: null, close: () => {} }
  return {
    sharing: { controlPath: path.join(folder, '%C') },
    close: () => {
      for (const socket of sockets(folder)) {
        // The name after -- is not used: the socket says which connection is meant.
        spawnSync(ssh, ['-O', 'exit', '-o', `ControlPath=${path.join(folder, socket)}`, '--', 'shared'], { timeout: 1000, stdio: 'ignore', windowsHide: true })
      }
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

/** Mode 0700, as mkdtemp makes it. */
function privateFolder (env: NodeJS.ProcessEnv): string | null {
  for (const base of [env['XDG_RUNTIME_DIR'], tmpdir(), '/tmp']) {
    if (base === undefined || !path.isAbsolute(base)) continue
    const prefix = path.join(base, 'hr-')
    // ssh would expand a % in the path, and has no way to quote white space there.
    if (prefix.length + 6 > LONGEST_FOLDER || /[%\s"']/.test(prefix)) continue
    try {
      return mkdtempSync(prefix)
    } catch {
      continue
    }
  }
  return null
}

function sockets (folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
