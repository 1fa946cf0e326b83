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
      const at = this.owned.lastIndexOf(tensor)
      if (at < 0) continue
      this.owned.splice(at, 1)
      this.tape.release(tensor.storage)
    }
  }

  /** Gives the handle to the caller's frame, as `return` does. A handle owned elsewhere gets a second owner. */
  hand (tensor: Tensor, receiver: Scope): Tensor {
    const at = this.owned.lastIndexOf(tensor)
    if (at < 0) return receiver.alias(tensor)
    this.owned.splice(at, 1)
    return receiver.own(tensor)
  }

  /** Every handle of this frame, in the order in which it came. */
  all (): readonly Tensor[] {
    return [...this.owned]
  }

  close (): void {
    for (const tensor of this.owned) this.tape.release(tensor.storage)
    this.owned = []
    const at = this.tape.scopes.lastIndexOf(this)
    if (at >= 0) this.tape.scopes.splice(at, 1)
  }

  /** `return tensor`: hands it over and closes the frame. */
  return (tensor: Tensor, receiver: Scope): Tensor {
    const handed = this.hand(tensor, receiver)
    this.close()
    return handed
  }
}
