import { Scope, type Shape, type Tensor } from '../tape/index.ts'
import { add, cast, dropout, passThrough, scale } from './elementwise.ts'
import { linear, type Parameter } from './linear.ts'
import type { AdapterLayer, Projection } from './projection.ts'
import type { LoraHabit } from './quantization/index.ts'

export interface LoraParts {
  /** [r, in] */
  readonly a: Parameter
  /** [out, r] */
  readonly b: Parameter
  /** [b, s, r] */
  readonly inner: Shape
  readonly dropout: number
  readonly habit: LoraHabit
}

/**
 * PEFT's LoRA around a base layer. What is cloned and cast when depends on the class that wraps the base layer
 * (peft/tuners/lora/layer.py Linear.forward, bnb.py, gptq.py, awq.py, hqq.py, eetq.py, aqlm.py).
 */
export class LoraLayer implements AdapterLayer {
  private readonly parts: LoraParts

  constructor (parts: LoraParts) {
    this.parts = parts
  }

  apply (caller: Scope, x: Tensor, base: Projection): Tensor {
    const { tape } = caller
    const { a, b, habit } = this.parts
    const scope = new Scope(tape)
    const result = baseResult(scope, x, base, habit)
    const converts = habit.castsInput === 'always' || !tape.autocast
    const input = converts ? cast(scope, x, a.elementSize, 'input in the adapter type') : x
    const dropped = this.parts.dropout > 0 ? dropout(scope, input) : input
    const inner = linear(scope, dropped, a, this.parts.inner)
    if (dropped !== input) scope.drop(dropped)
    let outer = linear(scope, inner, b, base.output)
    scope.drop(inner)
    if (habit.castsBack === 'unscaled-update' && converts) outer = narrowed(scope, outer, result)
    let update = scale(scope, outer)
    scope.drop(outer)
    if (habit.castsBack === 'update' && converts) update = narrowed(scope, update, result)
    const sum = add(scope, result, update, 'output')
    if (habit.castsBack !== 'sum' || !converts) return scope.return(sum, caller)
    const resultSize = result.elementSize
    scope.drop(update, result)
    return scope.return(cast(scope, sum, resultSize, 'output in the base type'), caller)
  }
}

/** The base layer's own result, cloned where PEFT clones it. */
export function baseResult (scope: Scope, x: Tensor, base: Projection, habit: LoraHabit): Tensor {
  const result = base.applyBase(scope, x)
  if (!habit.clones) return result
  const cloned = passThrough(scope, result, 'clone of the base output')
  scope.drop(result)
  return cloned
}

function narrowed (scope: Scope, update: Tensor, result: Tensor): Tensor {
  const narrow = cast(scope, update, result.elementSize)
  if (narrow !== update) scope.drop(update)
  return narrow
}
