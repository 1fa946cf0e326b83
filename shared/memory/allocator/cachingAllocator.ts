import { bytes, MIB, type Bytes } from '../../units/index.ts'
import { ALLOCATION_UNIT } from '../tape/storage.ts'
import { Blocks, NONE } from './blocks.ts'
import { FreeList } from './freeList.ts'

/* c10/cuda/CUDACachingAllocator.cpp: kSmallSize, kSmallBuffer, kMinLargeAlloc, kLargeBuffer, kRoundLarge. In here every size
   is a number of allocation units (512 B): small integers keep the replay fast. */
const UNITS_PER_MIB = MIB / ALLOCATION_UNIT
const SMALL_REQUEST = UNITS_PER_MIB
const SMALL_SEGMENT = 2 * UNITS_PER_MIB
const LARGE_REQUEST = 10 * UNITS_PER_MIB
const LARGE_SEGMENT = 20 * UNITS_PER_MIB
const SEGMENT_UNIT = 2 * UNITS_PER_MIB

/**
 * The CUDA caching allocator for one stream in its default configuration, or with `expandable_segments:True` (one growing
 * segment per pool). Feed it the event stream of a tape. It assumes that
 * cudaMalloc never fails: near a card's capacity the real allocator first gives cached segments back.
 */
export class CachingAllocator {
  private highest = 0
  private reserved = 0
  private readonly expandable: boolean
  private readonly blocks = new Blocks()
  private readonly freeSmall = new FreeList(this.blocks)
  private readonly freeLarge = new FreeList(this.blocks)
  /** Last block of each pool's growing segment. */
  private tailSmall = NONE
  private tailLarge = NONE

  constructor (options: { readonly expandableSegments: boolean }) {
    this.expandable = options.expandableSegments
  }

  /** torch.cuda.max_memory_reserved so far. */
  get maxReserved (): Bytes {
    return bytes(this.highest * ALLOCATION_UNIT)
  }

  /** Bytes of a block. */
  sizeOf (block: number): Bytes {
    return bytes(this.blocks.size[block]! * ALLOCATION_UNIT)
  }

  /** Returns the block that serves a request of `requested` bytes (> 0). */
  malloc (requested: number): number {
    return this.take(Math.ceil(requested / ALLOCATION_UNIT))
  }

  /** The same for a size in allocation units. */
  take (size: number): number {
    const small = size <= SMALL_REQUEST
    let block = (small ? this.freeSmall : this.freeLarge).takeBestFit(size)
    if (block === NONE) block = this.expandable ? this.grow(small, size) : this.newSegment(small, size)
    this.blocks.isFree[block] = 0
    const rest = this.blocks.size[block]! - size
    // What is not needed is split off: always in the small pool and in expandable segments, from more than 1 MiB in the large pool.
    if (small || this.expandable ? rest >= 1 : rest > SMALL_REQUEST) this.split(block, size, rest, small)
    return block
  }

  /** Gives a block back and merges it with free neighbours. */
  free (block: number): void {
    const { blocks } = this
    const { size, previous, next, isFree } = blocks
    const small = blocks.isSmall[block] === 1
    const pool = small ? this.freeSmall : this.freeLarge
    const [before, after] = [previous[block]!, next[block]!]
    if (before !== NONE && isFree[before] === 1) {
      pool.remove(before)
      size[block] = size[block]! + size[before]!
      previous[block] = previous[before]!
      if (previous[before] !== NONE) next[previous[before]!] = block
      blocks.forget(before)
    }
    if (after !== NONE && isFree[after] === 1) {
      pool.remove(after)
      size[block] = size[block]! + size[after]!
      next[block] = next[after]!
      if (next[after] !== NONE) previous[next[after]!] = block
      else if (this.tail(small) === after) this.setTail(small, block)
      blocks.forget(after)
    }
    pool.insert(block)
  }

  private newSegment (small: boolean, size: number): number {
    const segment = small ? SMALL_SEGMENT : size < LARGE_REQUEST ? LARGE_SEGMENT : Math.ceil(size / SEGMENT_UNIT) * SEGMENT_UNIT
    this.reserve(segment)
    return this.blocks.make(segment, small ? 1 : 0, NONE, NONE)
  }

  /** Maps more pages behind the pool's segment, together with its free tail. */
  private grow (small: boolean, size: number): number {
    const { blocks } = this
    const page = small ? SMALL_SEGMENT : LARGE_SEGMENT
    const tail = this.tail(small)
    const isFree = tail !== NONE && blocks.isFree[tail] === 1
    const needed = Math.ceil((size - (isFree ? blocks.size[tail]! : 0)) / page) * page
    this.reserve(needed)
    if (isFree) {
      (small ? this.freeSmall : this.freeLarge).remove(tail)
      blocks.size[tail] = blocks.size[tail]! + needed
      return tail
    }
    const block = blocks.make(needed, small ? 1 : 0, tail, NONE)
    if (tail !== NONE) blocks.next[tail] = block
    this.setTail(small, block)
    return block
  }

  private split (block: number, size: number, rest: number, small: boolean): void {
    const after = this.blocks.next[block]!
    const remainder = this.blocks.make(rest, small ? 1 : 0, block, after)
    const { blocks } = this
    if (after !== NONE) blocks.previous[after] = remainder
    else if (this.expandable && this.tail(small) === block) this.setTail(small, remainder)
    blocks.next[block] = remainder
    blocks.size[block] = size
    const pool = small ? this.freeSmall : this.freeLarge
    pool.insert(remainder)
  }

  private reserve (size: number): void {
    this.reserved += size
    if (this.reserved > this.highest) this.highest = this.reserved
  }

  private tail (small: boolean): number { return small ? this.tailSmall : this.tailLarge }
  private setTail (small: boolean, block: number): void {
    if (small) this.tailSmall = block
    else this.tailLarge = block
  }
}
