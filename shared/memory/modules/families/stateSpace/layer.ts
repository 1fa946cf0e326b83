import { Scope, type Storage, type Tensor } from '../../../tape/index.ts'
import { add, cast } from '../../elementwise.ts'
import type { Sublayer } from '../dense/block.ts'
import type { Norm } from '../dense/norms.ts'
import type { DecoderLayer } from '../family.ts'

/** A block of one norm and one part between two ends of the residual stream (transformers MambaBlock, NemotronHBlock). */
export class SingleLayer implements DecoderLayer {
  private readonly norm: Norm
  private readonly part: Sublayer
  private readonly widensResidual: boolean
  readonly arguments: () => readonly Storage[]

  /** `widensResidual`: the residual stream is in fp32. `given`: the shared tensors that the block is called with. */
  constructor (norm: Norm, part: Sublayer, widensResidual: boolean, given: () => readonly Storage[]) {
    this.norm = norm
    this.part = part
    this.widensResidual = widensResidual
    this.arguments = given
  }

  forward (caller: Scope, x: Tensor): Tensor {
    const scope = new Scope(caller.tape)
    const input = cast(scope, x, this.norm.elementSize, 'in the weight type')
    const normed = this.norm.apply(scope, input)
    if (input !== x) scope.drop(input)
    scope.tape.module = 'residual'
    const residual = this.widensResidual ? cast(scope, x, 4, 'residual in fp32') : x
    const mixed = this.part.forward(scope, normed)
    scope.tape.module = 'residual'
    return scope.return(add(scope, residual, mixed, 'block output'), caller)
  }
}
