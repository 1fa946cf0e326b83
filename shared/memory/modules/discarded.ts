import type { CheckpointFrame, Storage, Tape } from '../tape/index.ts'

/**
 * Runs something that makes a graph which nobody differentiates: what its nodes save lives until `run` returns. In the first run of a
 * checkpointed block nothing is saved at all.
 */
export function discarded<T> (tape: Tape, run: () => T): T {
  const outside = tape.frame
  const held: Storage[] = []
  const keeps = !outside?.isFirstRun
  const frame = {
    isFirstRun: !keeps,
    pack: (_: unknown, saved: readonly Storage[]) => { if (keeps) held.push(...saved.map((storage) => tape.retain(storage))) },
    produce: (_: unknown, make: () => Storage) => make()
  }
  tape.frame = frame as unknown as CheckpointFrame
  const result = run()
  tape.frame = outside
  for (const storage of held) tape.release(storage)
  return result
}
