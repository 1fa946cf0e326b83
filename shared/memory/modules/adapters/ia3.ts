import { Scope, type Tensor } from '../../tape/index.ts'
import { cast, multiply, passThrough, scale } from '../elementwise.ts'
import type { Parameter } from '../linear.ts'
import type { AdapterLayer, Projection } from '../projection.ts'
import type { Ia3Habit } from '../quantization/index.ts'

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

/** PEFT's (IA)³ around a bitsandbytes layer (peft/tuners/ia3/bnb.py Linear4bit.forward, Linear8bitLt.forward): the product with the vector is not cast back. */
export class Ia3BnbLayer implements AdapterLayer {
  private readonly vector: Parameter
  private readonly scalesInput: boolean
  private readonly habit: Ia3Habit

  constructor (vector: Parameter, scalesInput: boolean, habit: Ia3Habit) {
    this.vector = vector
    this.scalesInput = scalesInput
    this.habit = habit
  }

  apply (caller: Scope, x: Tensor, base: Projection): Tensor {
    const { tape } = caller
    const scope = new Scope(tape)
    const scaling = scale(scope, this.vector, 'scaling')
    const input = tape.autocast ? x : cast(scope, x, 4, 'input in fp32')
    const result = this.scalesInput ? this.ofScaled(scope, input, scaling, base) : this.scaled(scope, input, scaling, base)
    if (!this.habit.clones) return scope.return(result, caller)
    const cloned = passThrough(scope, result, 'clone of the output')
    scope.drop(result)
    return scope.return(cloned, caller)
  }

  private ofScaled (scope: Scope, input: Tensor, scaling: Tensor, base: Projection): Tensor {
    const product = multiply(scope, input, scaling, 'scaled input')
    const result = base.applyBase(scope, product)
    scope.drop(product)
    return result
  }

  private scaled (scope: Scope, input: Tensor, scaling: Tensor, base: Projection): Tensor {
    const result = base.applyBase(scope, input)
    const product = multiply(scope, result, scaling, 'scaled output')
    scope.drop(result)
    return product
  }
}
