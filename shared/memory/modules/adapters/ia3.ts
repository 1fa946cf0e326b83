import { Scope, type Tensor } from '../../tape/index.ts'
import { cast, multiply, scale } from '../elementwise.ts'
import type { Parameter } from '../linear.ts'
import type { AdapterLayer, Projection } from '../projection.ts'

/** PEFT's (IA)³ around a base layer (peft/tuners/ia3/layer.py Linear.forward): a trained vector times the output, or times the input of a feed-forward layer. */
export class Ia3Layer implements AdapterLayer {
  /** [out], or [in] of a feed-forward layer */
  private readonly vector: Parameter
  private readonly scalesInput: boolean

  constructor (vector: Parameter, scalesInput: boolean) {
    this.vector = vector
    this.scalesInput = scalesInput
  }

  apply (caller: Scope, x: Tensor, base: Projection): Tensor {
    const scope = new Scope(caller.tape)
    const scaling = scale(scope, this.vector, 'scaling')
    if (!this.scalesInput) {
      const result = base.applyBase(scope, x)
      const product = multiply(scope, result, scaling, 'scaled output')
      const scaled = cast(scope, product, result.elementSize, 'scaled output in the base type')
      return scope.return(scaled, caller)
    }
    const input = cast(scope, x, this.vector.elementSize, 'input in the adapter type')
    const product = multiply(scope, input, scaling, 'scaled input')
    const scaled = cast(scope, product, x.elementSize, 'scaled input in its own type')
    if (scaled !== product) scope.drop(product)
    return scope.return(base.applyBase(scope, scaled), caller)
  }
}
