/** One contiguous piece of a segment, in use or free. Neighbours in the same segment are linked. */
export interface Block {
  /** In allocation units of 512 B. */
  size: number
  free: boolean
  previous: Block | null
  next: Block | null
  readonly small: boolean
  /** Insertion number among free blocks: the older of two equal blocks is taken first. */
  serial: number
}

/** Free blocks in the allocator's order: by size, then by age (BlockComparatorSize; addresses stand in for age). */
export class FreeList {
  private readonly blocks: Block[] = []
  private serial = 0

  insert (block: Block): void {
    block.free = true
    block.serial = ++this.serial
    this.blocks.splice(this.position(block.size, block.serial), 0, block)
  }

  remove (block: Block): void {
    this.blocks.splice(this.position(block.size, block.serial), 1)
  }

  /** Takes the smallest block that holds `size`. */
  takeBestFit (size: number): Block | null {
    const at = this.position(size, 0)
    return at < this.blocks.length ? this.blocks.splice(at, 1)[0]! : null
  }

  private position (size: number, serial: number): number {
    let low = 0
    let high = this.blocks.length
    while (low < high) {
      const middle = (low + high) >> 1
      const block = this.blocks[middle]!
      if (block.size < size || (block.size === size && block.serial < serial)) low = middle + 1
      else high = middle
    }
    return low
  }
}
