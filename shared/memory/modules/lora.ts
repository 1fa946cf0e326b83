import { Scope, type Shape, type Tensor } from '../tape/index.ts'
import { add, cast, dropout, passThrough, scale } from './elementwise.ts'
import { linear, type Parameter } from './linear.ts'
import type { AdapterLayer, Projection } from './projection.ts'

export interface LoraParts {
  /** [r, in] */
  readonly a: Parameter
  /** [out, r] */
  readonly b: Parameter
  /** [b, s, r] */
  readonly inner: Shape
  readonly dropout: number
  readonly quantized: boolean
}

/**
 * PEFT's LoRA around a base layer. Over full-precision weights (peft/tuners/lora/layer.py Linear.forward): the input is cast
 * to the adapter's type, the sum back to the result's. Over 4-bit weights (lora/bnb.py Linear4bit.forward): the base result is
 * cloned, and casts happen only outside autocast.
 */
export class LoraLayer implements AdapterLayer {
  private readonly parts: LoraParts

  constructor (parts: LoraParts) {
    this.parts = parts
  }

  apply (caller: Scope, x: Tensor, base: Projection): Tensor {
    const { tape } = caller
    const { a, b, quantized } = this.parts
    const scope = new Scope(tape)
    let result = base.applyBase(scope, x)
    if (quantized) {
      const cloned = passThrough(scope, result, 'clone of the base output')
      scope.drop(result)
      result = cloned
    }
    const converts = !quantized || !tape.autocast
    const input = converts ? cast(scope, x, a.elementSize, 'input in the adapter type') : x
    const dropped = this.parts.dropout > 0 ? dropout(scope, input) : input
    const inner = linear(scope, dropped, a, this.parts.inner)
    if (dropped !== input) scope.drop(dropped)
    const outer = linear(scope, inner, b, base.output)
    scope.drop(inner)
    let update = scale(scope, outer)
    scope.drop(outer)
    if (quantized && converts) {
      const narrowed = cast(scope, update, result.elementSize)
      if (narrowed !== update) scope.drop(update)
      update = narrowed
    }
    const sum = add(scope, result, update, 'output')
    if (quantized) return scope.return(sum, caller)
    const resultSize = result.elementSize
    scope.drop(update, result)
    return scope.return(cast(scope, sum, resultSize, 'output in the base type'), caller)
  }
}
