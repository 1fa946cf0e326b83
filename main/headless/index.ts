import { once } from 'node:events'
import { existsSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { createHost, rendererFolder as builtRenderer, type HostOptions } from '#main/host/index.ts'
import { createGuard } from './guard.ts'
import { acceptedNames, printedName } from './hostNames.ts'
import { createWorkbenchServer } from './server.ts'
import { closeOnSignal } from './signals.ts'

export { endWithParent } from './endWithParent.ts'

export interface ServeOptions {
  /** Interface to listen on; 127.0.0.1 unless the user asks for another. */
  readonly host?: string | undefined
  /** 0, the default, takes a free one. */
  readonly port?: number | undefined
  /** Where the library is kept; by default the platform's usual place. */
  readonly dataDir?: string | undefined
  readonly rendererFolder?: string | undefined
  readonly detect?: HostOptions['detect']
}

export interface Served {
  /** With the token: whoever has it may use the workbench. */
  readonly url: string
  /** Ends the streams, then the server, then closes the library. */
  readonly close: () => Promise<void>
}

/** How long answers under way may take when closing, in milliseconds. */
const CLOSING_MS = 1000

/**
 * Serves the workbench until closed, or until SIGINT or SIGTERM ends the process. Prints nothing. Throws a sentence for the
 * user when the workbench is not built or the port cannot be had.
 */
export async function serve ({ host: name = '127.0.0.1', port = 0, dataDir, rendererFolder = builtRenderer(), detect }: ServeOptions = {}): Promise<Served> {
  if (!existsSync(path.join(rendererFolder, 'index.html'))) throw new Error('The workbench is not built yet. Run "npm run build" first, or start with "npm start".')
  const guard = createGuard(acceptedNames(name))
  const stop = new AbortController()
  const host = createHost({ mode: 'served', dataDirectory: dataDir, detect })
  const server = createWorkbenchServer(host, guard, rendererFolder, stop.signal)
  server.listen(port, name)
  try {
    await once(server, 'listening')
  } catch (error) {
    host.close()
    throw new Error(listenSentence((error as { code?: string }).code, name, port), { cause: error })
  }

  let closing: Promise<void> | null = null
  const close = async (): Promise<void> => {
    forgetSignals()
    stop.abort()
    const closed = once(server, 'close')
    server.close()
    server.closeIdleConnections()
    const force = setTimeout(() => { server.closeAllConnections() }, CLOSING_MS)
    await closed
    clearTimeout(force)
    host.close()
  }
  const closeOnce = () => closing ??= close()
  const forgetSignals = closeOnSignal(closeOnce)
  return {
    url: `http://${printedName(name)}:${(server.address() as AddressInfo).port}/?token=${guard.token}`,
    close: closeOnce
  }
}

function listenSentence (code: string | undefined, name: string, port: number): string {
  switch (code) {
    case 'EADDRINUSE': return `Port ${port} on ${name} is in use. Choose another with --port, or leave it out to take a free one.`
    case 'EACCES': return `Port ${port} on ${name} may not be used by this user. Choose one above 1023 with --port.`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND': return `This machine has no address ${name}. Choose another with --host, or leave it out to listen on this machine only.`
    default: return `The server cannot listen on ${name}, port ${port} (${code ?? 'unknown error'}).`
  }
}
