/** No block. Blocks are numbers from 1 on. */
export const NONE = 0

/**
 * The pieces of all segments, in use or free, as columns of numbers: a run frees and takes hundreds of thousands, and objects
 * for them would be most of a replay's time.
 */
export class Blocks {
  /** In allocation units of 512 B. */
  size = new Int32Array(1024)
  /** Neighbours in the same segment. */
  previous = new Int32Array(1024)
  next = new Int32Array(1024)
  /** Among free blocks of the same size, by age. */
  older = new Int32Array(1024)
  newer = new Int32Array(1024)
  isFree = new Uint8Array(1024)
  isSmall = new Uint8Array(1024)
  private count = 1
  /** First of the blocks that were merged into others, linked by `next`. */
  private unused = NONE

  make (size: number, small: number, previous: number, next: number): number {
    let block = this.unused
    if (block !== NONE) this.unused = this.next[block]!
    else if ((block = this.count++) === this.size.length) this.grow()
    this.size[block] = size
    this.previous[block] = previous
    this.next[block] = next
    this.isFree[block] = 0
    this.isSmall[block] = small
    return block
  }

  /** The block is part of another one from now on. */
  forget (block: number): void {
    this.next[block] = this.unused
    this.unused = block
  }

  private grow (): void {
    this.size = doubled(this.size)
    this.previous = doubled(this.previous)
    this.next = doubled(this.next)
    this.older = doubled(this.older)
    this.newer = doubled(this.newer)
    this.isFree = doubled(this.isFree)
    this.isSmall = doubled(this.isSmall)
  }
}

function doubled<T extends Int32Array | Uint8Array> (column: T): T {
  const result = new (column.constructor as new (length: number) => T)(2 * column.length)
  result.set(column)
  return result
}
