import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { endWithParent, serve } from './headless/index.ts'
import { findDesktop } from './desktop.ts'
import { isFresh } from './freshness.ts'
import { parseStartOptions, USAGE, UsageError, type StartOptions } from './startOptions.ts'

/* `npm start`: the desktop app, or the same workbench in a browser. */

const root = path.resolve(import.meta.dirname, '..')

/** Opens the desktop app and stays until it is closed. Returns why it could not be opened, null when it was. */
async function openDesktop (): Promise<string | null> {
  const desktop = await findDesktop(root, text => { console.log(text) })
  if ('obstacle' in desktop) return desktop.obstacle
  const child = spawn(desktop.binary, [root], { stdio: 'inherit' })
  const end = () => { child.kill() }
  process.once('SIGTERM', end)
  const forgetParent = endWithParent()
  const [code, signal] = await once(child, 'exit').catch((error: unknown) => [(error as Error).message, null]) as [number | string | null, string | null]
  process.off('SIGTERM', end)
  forgetParent()
  return code === 0 || signal === 'SIGINT' || signal === 'SIGTERM' ? null : `the desktop app ended with ${signal ?? code}`
}

async function start (options: StartOptions): Promise<void> {
  if (!isFresh(root)) {
    console.log('Building the workbench…')
    // Loads the whole build tool, which a fresh build does without.
    const { buildAll } = await import('./build.ts')
    await buildAll()
  }
  if (!options.serve) {
    const obstacle = await openDesktop()
    if (obstacle === null) return
    console.log(`No desktop window: ${obstacle}. Serving the workbench to a browser instead; Ctrl+C ends it.`)
  }
  const { url } = await serve({ host: options.host, port: options.port })
  console.log(url)
}

try {
  await start(parseStartOptions(process.argv.slice(2)))
} catch (error) {
  const { message } = error as Error
  const misused = error instanceof UsageError
  console.error(misused ? `${message}\n\n${USAGE}` : message)
  process.exitCode = misused ? 2 : 1
}
