import * as v from 'valibot'
import { SshHostSchema } from '#shared/contract/index.ts'

/** How a connection may be shared: through the socket at this path, or not at all. */
export type Sharing = { readonly controlPath: string } | null

/** In ssh's own configuration the first value wins, and the command line comes first: nothing of the user's can undo these. */
const ALWAYS = [
  'BatchMode=yes',
  'ConnectTimeout=8',
  'ConnectionAttempts=1',
  'ServerAliveInterval=5',
  'ServerAliveCountMax=3',
  'StrictHostKeyChecking=yes',
  'UpdateHostKeys=no',
  'NumberOfPasswordPrompts=0',
  'ClearAllForwardings=yes',
  'ForwardAgent=no',
  'PermitLocalCommand=no',
  'RemoteCommand=none',
  'RequestTTY=no',
  'LogLevel=ERROR'
] as const

/**
 * The arguments of ssh for running a command on a host. The host is checked once more, here, where it becomes an argument.
 * Sharing is switched off in so many words when it is not wanted: under Windows a user's own ControlMaster breaks every call.
 */
export function sshArguments (host: string, command: readonly string[], sharing: Sharing): string[] {
  const checked = v.parse(SshHostSchema, host)
  const shared = sharing === null
    ? ['ControlMaster=no', 'ControlPath=none']
    : ['ControlMaster=auto', `ControlPath=${sharing.controlPath}`, 'ControlPersist=60']
  return ['-T', '-x', ...[...ALWAYS, ...shared].flatMap((option) => ['-o', option]), '--', checked, ...command]
}

/** The environment of ssh: as the user's, but no window may pop up and ask for a password. */
export function sshEnvironment (env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const { SSH_ASKPASS: _, ...rest } = env
  // Messages are recognized in English.
  return { ...rest, SSH_ASKPASS_REQUIRE: 'never', LC_ALL: 'C', LANG: 'C' }
}
