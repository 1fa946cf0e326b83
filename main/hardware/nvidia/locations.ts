import { readdirSync, statSync } from 'node:fs'
import path from 'node:path'

export interface Locations {
  readonly before: readonly string[]
  readonly after: readonly string[]
}

/** Where nvidia-smi lies besides PATH, per system. */
export function smiLocations (platform: NodeJS.Platform = process.platform, env: NodeJS.ProcessEnv = process.env): Locations {
  if (platform === 'win32') return windows(env)
  if (platform !== 'linux') return { before: [], after: [] }
  return {
    // Under WSL a Linux package's nvidia-smi on PATH cannot reach the Windows driver, and ssh sessions lack this folder.
    before: ['/usr/lib/wsl/lib'],
    after: ['/usr/bin', '/usr/local/bin', '/usr/local/nvidia/bin', '/run/opengl-driver/bin', '/run/current-system/sw/bin']
  }
}

function windows (env: NodeJS.ProcessEnv): Locations {
  const root = env['SystemRoot'] ?? env['SYSTEMROOT']
  const programs = env['ProgramFiles'] ?? env['PROGRAMFILES']
  return {
    before: root === undefined ? [] : [path.win32.join(root, 'System32')],
    after: [
      ...root === undefined ? [] : driverStore(path.win32.join(root, 'System32', 'DriverStore', 'FileRepository')),
      ...programs === undefined ? [] : [path.win32.join(programs, 'NVIDIA Corporation', 'NVSMI')]
    ]
  }
}

/** The driver packages of the Windows driver store, newest first. */
function driverStore (repository: string): string[] {
  try {
    return readdirSync(repository, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name.toLowerCase().startsWith('nv'))
      .map((entry) => path.join(repository, entry.name))
      .map((folder) => ({ folder, changed: statSync(folder).ctimeMs }))
      .sort((a, b) => b.changed - a.changed)
      .map(({ folder }) => folder)
  } catch {
    return []
  }
}
