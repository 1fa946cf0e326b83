import path from 'node:path'
import { findTool } from '../findTool.ts'

/** The system's own ssh client, or null. The user's configuration, agent, hardware keys and jump hosts keep working with it. */
export function findSsh (env: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): string | null {
  if (platform !== 'win32') return findTool({ name: 'ssh', env, after: ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin', '/run/current-system/sw/bin'] })
  const root = env['SystemRoot'] ?? env['SYSTEMROOT']
  const programs = env['ProgramFiles'] ?? env['PROGRAMFILES']
  return findTool({
    name: 'ssh',
    env,
    // Git's ssh is often first in PATH, and does not see the agent of Windows.
    before: root === undefined ? [] : [path.win32.join(root, 'System32', 'OpenSSH')],
    after: programs === undefined ? [] : [path.win32.join(programs, 'Git', 'usr', 'bin')]
  })
}
