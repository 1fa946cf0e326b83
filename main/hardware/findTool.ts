import { accessSync, constants, statSync } from 'node:fs'
import path from 'node:path'

export interface ToolSearch {
  readonly name: string
  readonly env: NodeJS.ProcessEnv
  /** Folders looked into before PATH: where a rightful tool lies that others may shadow. */
  readonly before?: readonly string[]
  /** Folders looked into after PATH: an app started from a menu or over ssh has a short one. */
  readonly after?: readonly string[]
}

/** Absolute path of the first executable of that name, or null. Relative entries of PATH are skipped: they depend on where the app was started. */
export function findTool ({ name, env, before = [], after = [] }: ToolSearch): string | null {
  const onPath = pathOf(env).split(path.delimiter).map((entry) => entry.replaceAll('"', '')).filter((entry) => path.isAbsolute(entry))
  const file = process.platform === 'win32' ? `${name}.exe` : name
  return [...before, ...onPath, ...after].map((folder) => path.join(folder, file)).find(isExecutable) ?? null
}

/** Windows spells it `Path`, and its environment objects lose their case-blindness when copied. */
function pathOf (env: NodeJS.ProcessEnv): string {
  const key = Object.keys(env).find((name) => name === 'PATH') ?? Object.keys(env).find((name) => name.toUpperCase() === 'PATH')
  return key === undefined ? '' : env[key] ?? ''
}

function isExecutable (file: string): boolean {
  try {
    if (!statSync(file).isFile()) return false
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
