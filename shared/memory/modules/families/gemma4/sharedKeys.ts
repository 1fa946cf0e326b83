import type { Storage, Tape, Tensor } from '../../../tape/index.ts'

interface Pair {
  readonly key: Tensor
  readonly value: Tensor
}

/**
 * shared_kv_states of one forward pass: keys and values of the last layer of each kind that makes its own. The model's frame
 * holds it, and every checkpoint as one of its block's arguments: then until the graph is freed.
 */
export class SharedKeys {
  private readonly tape: Tape
  private readonly pairs = new Map<string, Pair>()
  /** What the graph keeps, where the pairs are entered; null: the model's frame alone holds them. */
  private keeper: Storage[] | null = null
  private checkpointed = false

  constructor (tape: Tape) {
    this.tape = tape
  }

  begin (checkpointed: boolean): void {
    this.checkpointed = checkpointed
    this.keeper = checkpointed ? this.tape.graphKept : null
    this.pairs.clear()
  }

  of (kind: string): Pair {
    return this.pairs.get(kind)!
  }

  /** A block that is run again replaces what it stored first, and what it stores holds the part of its graph behind it. */
  store (kind: string, key: Tensor, value: Tensor): void {
    const { tape, keeper } = this
    const before = this.pairs.get(kind)
    for (const [i, tensor] of [key, value].entries()) {
      const old = before && [before.key, before.value][i]!.storage
      tape.retain(tensor.storage)
      if (!keeper) continue
      const at = old ? keeper.indexOf(old) : -1
      if (at < 0) keeper.push(tensor.storage)
      else {
        keeper[at] = tensor.storage
        tape.release(old!)
      }
    }
    if (before) tape.survivors.push(key, value)
    this.pairs.set(kind, { key, value })
  }

  /** The model's frame is left. */
  end (): void {
    if (this.checkpointed) return
    for (const { key, value } of this.pairs.values()) for (const tensor of [key, value]) this.tape.release(tensor.storage)
    this.pairs.clear()
  }
}
