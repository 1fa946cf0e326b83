import { NONE, type Blocks } from './blocks.ts'

/**
 * Free blocks in the allocator's order: by size, then by age (BlockComparatorSize; addresses stand in for age). One shelf per
 * size that is there, by size; on a shelf blocks are linked from the oldest to the newest.
 */
export class FreeList {
  private readonly blocks: Blocks
  private sizes = new Int32Array(64)
  private oldest = new Int32Array(64)
  private newest = new Int32Array(64)
  private shelves = 0

  constructor (blocks: Blocks) {
    this.blocks = blocks
  }

  insert (block: number): void {
    const { blocks } = this
    const size = blocks.size[block]!
    const at = this.position(size)
    blocks.isFree[block] = 1
    blocks.newer[block] = NONE
    if (at === this.shelves || this.sizes[at] !== size) {
      this.open(at, size, block)
      return
    }
    const last = this.newest[at]!
    blocks.older[block] = last
    blocks.newer[last] = block
    this.newest[at] = block
  }

  remove (block: number): void {
    const { blocks } = this
    const [older, newer] = [blocks.older[block]!, blocks.newer[block]!]
    if (older !== NONE) blocks.newer[older] = newer
    if (newer !== NONE) blocks.older[newer] = older
    if (older !== NONE && newer !== NONE) return
    this.end(this.position(blocks.size[block]!), older, newer)
  }

  /** Takes the smallest block that holds `size`; NONE without one. */
  takeBestFit (size: number): number {
    const at = this.position(size)
    if (at === this.shelves) return NONE
    const block = this.oldest[at]!
    const newer = this.blocks.newer[block]!
    if (newer !== NONE) this.blocks.older[newer] = NONE
    this.end(at, NONE, newer)
    return block
  }

  /** A block at an end of its shelf has gone; with the last one the shelf goes. */
  private end (at: number, older: number, newer: number): void {
    if (older === NONE && newer === NONE) {
      this.close(at)
      return
    }
    if (older === NONE) this.oldest[at] = newer
    if (newer === NONE) this.newest[at] = older
  }

  private open (at: number, size: number, block: number): void {
    if (this.shelves === this.sizes.length) this.grow()
    const { sizes, oldest, newest } = this
    for (let i = this.shelves++; i > at; i--) {
      sizes[i] = sizes[i - 1]!
      oldest[i] = oldest[i - 1]!
      newest[i] = newest[i - 1]!
    }
    sizes[at] = size
    oldest[at] = newest[at] = block
    this.blocks.older[block] = NONE
  }

  private close (at: number): void {
    const { sizes, oldest, newest } = this
    const last = --this.shelves
    for (let i = at; i < last; i++) {
      sizes[i] = sizes[i + 1]!
      oldest[i] = oldest[i + 1]!
      newest[i] = newest[i + 1]!
    }
  }

  private grow (): void {
    for (const column of ['sizes', 'oldest', 'newest'] as const) {
      const longer = new Int32Array(2 * this[column].length)
      longer.set(this[column])
      this[column] = longer
    }
  }

  /** The first shelf of at least that size. */
  private position (size: number): number {
    const { sizes } = this
    let low = 0
    let high = this.shelves
    while (low < high) {
      const middle = (low + high) >> 1
      if (sizes[middle]! < size) low = middle + 1
      else high = middle
    }
    return low
  }
}
