import { createSweepJob } from './sweepJob.ts'
import type { FromWorker, ToWorker } from './sweepMessages.ts'

/* The engine on a thread of its own: a grid of hundreds of plans must not hold up a keystroke. */

/** What is used of a worker's global scope, which the compiler takes for a window. */
interface WorkerScope {
  postMessage: (message: FromWorker) => void
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null
}
const scope = globalThis as unknown as WorkerScope

/** A message channel comes round at once, where a timer would wait four milliseconds. */
const channel = new MessageChannel()
const waiting: (() => void)[] = []
channel.port1.onmessage = () => waiting.shift()?.()
const pause = (): Promise<void> => new Promise((resolve) => {
  waiting.push(resolve)
  channel.port2.postMessage(null)
})

const receive = createSweepJob((message) => scope.postMessage(message), pause)
scope.onmessage = ({ data }) => receive(data)
