import path from 'node:path'
import { build } from 'vite'
import { stamp } from './freshness.ts'

const root = path.resolve(import.meta.dirname, '..')
const configurations = ['vite.renderer.config.ts', 'vite.node.config.ts', 'vite.preload.config.ts']

/** Builds the workbench and its hosts into out/. Speaks only of problems. */
export async function buildAll (): Promise<void> {
  // Vite and the configurations read paths relative to the working directory.
  process.chdir(root)
  const record = stamp(root)
  for (const configFile of configurations) await build({ configFile: path.join(root, configFile), logLevel: 'warn' })
  record()
}

if (import.meta.main) {
  try {
    await buildAll()
  } catch (error) {
    console.error((error as Error).message)
    process.exitCode = 1
  }
}
