import type { FromWorker, ToWorker } from './sweepMessages.ts'

export interface SweepClient {
  readonly send: (message: ToWorker) => void
  readonly close: () => void
}

/** Starts the thread that computes grids. `failed` hears when it could not be loaded or broke down; it is of no use then. */
export function openSweepClient (hear: (message: FromWorker) => void, failed: (reason: string) => void): SweepClient {
  const worker = new Worker(new URL('./sweepWorker.ts', import.meta.url), { type: 'module', name: 'sweep' })
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => hear(data)
  worker.onerror = (event) => {
    event.preventDefault()
    failed(event.message ?? '')
  }
  return { send: (message) => worker.postMessage(message), close: () => worker.terminate() }
}
