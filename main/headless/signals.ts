import { endWithParent } from './endWithParent.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Closes cleanly on the first signal that asks the process to end, then ends it. A second one ends it at once. Returns the way
 * back to the default behaviour.
 */
export function closeOnSignal (close: () => Promise<void>): () => void {
  const end = (): void => {
    forget()
    void close().finally(() => process.exit(0))
  }
  const forgetParent = endWithParent()
  const forget = (): void => {
    forgetParent()
    for (const signal of SIGNALS) process.off(signal, end)
  }
  for (const signal of SIGNALS) process.on(signal, end)
  return forget
}
