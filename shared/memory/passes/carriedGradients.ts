import type { Carried } from '../modules/families/index.ts'
import { GradNode, Leaf, Tensor, type Storage, type Tape } from '../tape/index.ts'

/**
 * What a block under reentrant checkpointing hands on beside the hidden states (T5's biases): outputs of CheckpointFunction too, each of
 * which takes a gradient back from the block behind, zeros where there is none (torch/autograd/function.py set_materialize_grads).
 */
export class CarriedGradients {
  private readonly tape: Tape
  private readonly carried: readonly Carried[]
  private readonly makes: boolean
  /** Arguments of the backward function, which holds them until it returns. */
  private readonly given: readonly Storage[]

  /** At the start of the block's backward pass. `makes`: this block made them, the others were given them. */
  constructor (tape: Tape, carried: readonly Carried[], makes: boolean) {
    this.tape = tape
    this.carried = carried
    this.makes = makes
    this.given = carried.map((one) => one.gradient ?? tape.allocate(one.tensor.shape, one.tensor.elementSize, 'zero gradient of the bias', 'temporaries'))
    for (const one of carried) one.gradient = null
  }

  /** Before the block runs again, which reads what it was given detached from its graph. */
  detach (): void {
    if (this.makes) return
    for (const one of this.carried) one.detached = new Tensor(one.tensor.storage, one.tensor.shape, one.tensor.elementSize, true, null, new Leaf())
  }

  /** The nested backward pass starts with the gradients of all outputs that need one. */
  start (): void {
    this.carried.forEach((one, i) => {
      const output = this.makes ? one.again : one.detached
      const edge = output?.requiresGrad ? output.node ?? output.leaf : null
      if (!edge) return
      edge.incoming = this.tape.retain(this.given[i]!)
      if (edge instanceof GradNode || !one.permuted) return
      // accumulate_grad.h: a gradient in another layout than its tensor is copied.
      edge.afterGrad = () => {
        const copy = this.tape.allocate(one.tensor.shape, one.tensor.elementSize, 'gradient of the bias', 'temporaries')
        this.tape.release(edge.grad!)
        edge.grad = copy
      }
    })
  }

  /** The function returns: gradients of what the block was given go to the block in front. */
  finish (): void {
    const { tape } = this
    for (const one of this.carried) {
      // The gradient of what the block made itself goes with its graph.
      const gradient = one.detached?.leaf?.grad ?? null
      if (gradient) tape.recategorize(gradient, 'temporaries')
      one.gradient = gradient
      if (one.again) tape.release(one.again.storage)
      one.again = one.detached = null
    }
    for (const storage of this.given) tape.release(storage)
  }
}
