import type { Tape } from './tape.ts'
import { Tensor } from './tensor.ts'

/** A Python function's frame: owns the handles made in it and drops them when it closes. */
export class Scope {
  readonly tape: Tape
  /** The frame that was innermost when this one began: its caller. */
  readonly caller: Scope | null
  private owned: Tensor[] = []

  constructor (tape: Tape) {
    this.tape = tape
    this.caller = tape.scopes.at(-1) ?? null
    tape.scopes.push(this)
  }

  own (tensor: Tensor): Tensor {
    this.owned.push(tensor)
    return tensor
  }

  /** A second handle on the same storage: a view, or another name for it. */
  alias (tensor: Tensor): Tensor {
    this.tape.retain(tensor.storage)
    return this.own(new Tensor(tensor.storage, tensor.shape, tensor.elementSize, tensor.requiresGrad, tensor.node, tensor.leaf))
  }

  /** `del`: drops handles now. A handle that this frame does not own is left alone. */
  drop (...tensors: readonly Tensor[]): void {
    for (const tensor of tensors) {
      if (this.disown(tensor)) this.tape.release(tensor.storage)
    }
  }

  /** Gives the handle to the caller's frame, as `return` does. A handle owned elsewhere gets a second owner. */
  hand (tensor: Tensor, receiver: Scope): Tensor {
    return this.disown(tensor) ? receiver.own(tensor) : receiver.alias(tensor)
  }

  /** Every handle of this frame, in the order in which it came. */
  all (): readonly Tensor[] {
    return [...this.owned]
  }

  close (): void {
    for (const tensor of this.owned) this.tape.release(tensor.storage)
    this.owned = []
    removeLast(this.tape.scopes, this)
  }

  private disown (tensor: Tensor): boolean {
    return removeLast(this.owned, tensor)
  }

  /** `return tensor`: hands it over and closes the frame. */
  return (tensor: Tensor, receiver: Scope): Tensor {
    const handed = this.hand(tensor, receiver)
    this.close()
    return handed
  }
}

/** Takes the last occurrence out, in place: most are at the end. */
function removeLast<T> (list: T[], item: T): boolean {
  const at = list.lastIndexOf(item)
  if (at < 0) return false
  for (let i = at + 1; i < list.length; i++) list[i - 1] = list[i]!
  list.pop()
  return true
}
