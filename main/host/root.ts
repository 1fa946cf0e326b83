import { existsSync } from 'node:fs'
import path from 'node:path'

/** The folder that holds package.json and out/: the repository, or the application's archive. The same from sources and from the build. */
export function installRoot (): string {
  let folder = import.meta.dirname
  while (!existsSync(path.join(folder, 'package.json'))) {
    const above = path.dirname(folder)
    if (above === folder) throw new Error(`No package.json above ${import.meta.dirname}`)
    folder = above
  }
  return folder
}

/** Where the built workbench lies. */
export const rendererFolder = (): string => path.join(installRoot(), 'out', 'renderer')
