import type { Storage } from '../tape/index.ts'
import { CachingAllocator } from './cachingAllocator.ts'
import type { Block } from './pool.ts'

export interface ReplayOptions {
  readonly expandableSegments: boolean
  /** Allocated before the run and never freed: library workspaces. Bytes each. */
  readonly workspaces: readonly number[]
}

/** Peak reserved bytes when the event stream of a tape runs through the caching allocator. */
export function replay (events: readonly Storage[], { expandableSegments, workspaces }: ReplayOptions): number {
  const allocator = new CachingAllocator({ expandableSegments })
  const blocks = new Array<Block | null>(events.length).fill(null)
  for (const workspace of workspaces) allocator.malloc(workspace)
  for (let i = 0; i < events.length; i++) {
    const storage = events[i]!
    if (storage.bytes === 0) continue
    if (storage.bornAt === i) {
      blocks[i] = allocator.malloc(storage.bytes)
    } else {
      allocator.free(blocks[storage.bornAt]!)
      blocks[storage.bornAt] = null
    }
  }
  return allocator.maxReserved
}
