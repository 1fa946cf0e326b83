import type { EventLog } from '../simulate.ts'
import { ALLOCATION_UNIT } from '../tape/storage.ts'

/** What an allocator sees of a run: at each event a storage appears, or one that appeared before goes. */
export interface EventStream {
  /** Size of the storage in allocation units of 512 B. */
  readonly units: Int32Array
  /** The event at which the storage appeared: this one, or an earlier one where it goes. */
  readonly born: Int32Array
  /** Where the first optimizer step begins and ends. Empty at the end when both were run. */
  readonly firstStep: readonly [begin: number, end: number]
}

/** The stream of a run whose every block is on the tape. */
export function streamOf ({ events, firstStep }: EventLog): EventStream {
  const units = new Int32Array(firstStep[1])
  const born = new Int32Array(firstStep[1])
  for (let i = 0; i < units.length; i++) {
    const { bytes, bornAt } = events[i]!
    units[i] = bytes / ALLOCATION_UNIT
    born[i] = bornAt
  }
  return { units, born, firstStep }
}
