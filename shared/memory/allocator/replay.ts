import type { Bytes } from '../../units/index.ts'
import type { EventLog } from '../simulate.ts'
import { CachingAllocator } from './cachingAllocator.ts'
import type { Block } from './pool.ts'

export interface ReplayOptions {
  readonly expandableSegments: boolean
  /** Allocated before the run and never freed: library workspaces. Bytes each. */
  readonly workspaces: readonly number[]
}

/**
 * Peak reserved bytes when two optimizer steps run through the caching allocator. The second repeats the events of the first,
 * except that what the first left allocated (the optimizer states) stays as it is.
 */
export function replay ({ events, firstStep: [begin, end] }: EventLog, { expandableSegments, workspaces }: ReplayOptions): Bytes {
  const allocator = new CachingAllocator({ expandableSegments })
  const blocks = new Array<Block | null>(end).fill(null)
  for (const workspace of workspaces) allocator.malloc(workspace)
  const run = (from: number): void => {
    for (let i = from; i < end; i++) {
      const storage = events[i]!
      if (storage.bytes === 0) continue
      const { bornAt } = storage
      const block = blocks[bornAt]
      if (bornAt !== i) {
        allocator.free(block!)
        blocks[bornAt] = null
      } else if (!block) {
        blocks[i] = allocator.malloc(storage.bytes)
      }
    }
  }
  run(0)
  run(begin)
  return allocator.maxReserved
}
