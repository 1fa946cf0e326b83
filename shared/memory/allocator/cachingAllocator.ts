import { bytes, MIB, type Bytes } from '../../units/index.ts'
import { ALLOCATION_UNIT } from '../tape/storage.ts'
import { FreeList, type Block } from './pool.ts'

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
  private readonly freeSmall = new FreeList()
  private readonly freeLarge = new FreeList()
  /** Last block of each pool's growing segment. */
  private tailSmall: Block | null = null
  private tailLarge: Block | null = null

  constructor (options: { readonly expandableSegments: boolean }) {
    this.expandable = options.expandableSegments
  }

  /** torch.cuda.max_memory_reserved so far. */
  get maxReserved (): Bytes {
    return bytes(this.highest * ALLOCATION_UNIT)
  }

  /** Returns the block that serves a request of `requested` bytes (> 0). */
  malloc (requested: number): Block {
    const size = Math.ceil(requested / ALLOCATION_UNIT)
    const small = size <= SMALL_REQUEST
    const block = this.pool(small).takeBestFit(size) ?? (this.expandable ? this.grow(small, size) : this.newSegment(small, size))
    this.split(block, size)
    block.free = false
    return block
  }

  /** Gives a block back and merges it with free neighbours. */
  free (block: Block): void {
    const pool = this.pool(block.small)
    const { previous, next } = block
    if (previous?.free) {
      pool.remove(previous)
      block.size += previous.size
      block.previous = previous.previous
      if (previous.previous) previous.previous.next = block
    }
    if (next?.free) {
      pool.remove(next)
      block.size += next.size
      block.next = next.next
      if (next.next) next.next.previous = block
      if (this.tail(block.small) === next) this.setTail(block.small, block)
    }
    pool.insert(block)
  }

  private newSegment (small: boolean, size: number): Block {
    const segment = small ? SMALL_SEGMENT : size < LARGE_REQUEST ? LARGE_SEGMENT : Math.ceil(size / SEGMENT_UNIT) * SEGMENT_UNIT
    this.reserve(segment)
    return { size: segment, free: false, previous: null, next: null, small, serial: 0 }
  }

  /** Maps more pages behind the pool's segment, together with its free tail. */
  private grow (small: boolean, size: number): Block {
    const page = small ? SMALL_SEGMENT : LARGE_SEGMENT
    const tail = this.tail(small)
    const needed = Math.ceil((size - (tail?.free ? tail.size : 0)) / page) * page
    this.reserve(needed)
    if (tail?.free) {
      this.pool(small).remove(tail)
      tail.size += needed
      return tail
    }
    const block: Block = { size: needed, free: false, previous: tail, next: null, small, serial: 0 }
    if (tail) tail.next = block
    this.setTail(small, block)
    return block
  }

  /** Splits off what is not needed: always in the small pool and in expandable segments, from more than 1 MiB in the large pool. */
  private split (block: Block, size: number): void {
    const rest = block.size - size
    if (block.small || this.expandable ? rest < 1 : rest <= SMALL_REQUEST) return
    const remainder: Block = { size: rest, free: true, previous: block, next: block.next, small: block.small, serial: 0 }
    if (block.next) block.next.previous = remainder
    else if (this.expandable && this.tail(block.small) === block) this.setTail(block.small, remainder)
    block.next = remainder
    block.size = size
    this.pool(block.small).insert(remainder)
  }

  private reserve (size: number): void {
    this.reserved += size
    if (this.reserved > this.highest) this.highest = this.reserved
  }

  private pool (small: boolean): FreeList { return small ? this.freeSmall : this.freeLarge }
  private tail (small: boolean): Block | null { return small ? this.tailSmall : this.tailLarge }
  private setTail (small: boolean, block: Block): void {
    if (small) this.tailSmall = block
    else this.tailLarge = block
  }
}
