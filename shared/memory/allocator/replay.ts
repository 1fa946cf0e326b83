import type { Bytes } from '../../units/index.ts'
import { NONE } from './blocks.ts'
import { CachingAllocator } from './cachingAllocator.ts'
import type { EventStream } from './eventStream.ts'

export interface ReplayOptions {
  readonly expandableSegments: boolean
  /** Allocated before the run and never freed: library workspaces. Bytes each. */
  readonly workspaces: readonly number[]
}

/**
 * Peak reserved bytes when two optimizer steps run through the caching allocator. The second repeats the events of the first,
 * except that what the first left allocated (the optimizer states) stays as it is.
 */
export function replay ({ units, born, firstStep: [begin, end] }: EventStream, { expandableSegments, workspaces }: ReplayOptions): Bytes {
  const allocator = new CachingAllocator({ expandableSegments })
  /** The block of each storage that is there, by the event at which it appeared. */
  const blocks = new Int32Array(end)
  for (const workspace of workspaces) allocator.malloc(workspace)
  const run = (from: number): void => {
    for (let i = from; i < end; i++) {
      const size = units[i]!
      if (size === 0) continue
      const bornAt = born[i]!
      const block = blocks[bornAt]!
      if (bornAt !== i) {
        allocator.free(block)
        blocks[bornAt] = NONE
      } else if (block === NONE) {
        blocks[i] = allocator.take(size)
      }
    }
  }
  run(0)
  run(begin)
  return allocator.maxReserved
}
