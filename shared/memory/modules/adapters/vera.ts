import { dimension, Scope, shape, type Shape, type Tensor } from '../../tape/index.ts'
import { add, cast, dropout, multiply } from '../elementwise.ts'
import { linear, Parameter } from '../linear.ts'
import { baseResult } from '../lora.ts'
import type { AdapterLayer, Projection } from '../projection.ts'
import type { LoraHabit } from '../quantization/index.ts'

/** The frozen random matrices that all VeRA layers share, as large as the largest layer (peft/tuners/vera/model.py _find_dim). */
export interface SharedMatrices {
  /** [r, largest in] */
  readonly a: Parameter
  /** [largest out, r] */
  readonly b: Parameter
}

/** PEFT's VeRA around a base layer (peft/tuners/vera/layer.py Linear.forward): slices of the shared matrices, a trained vector after each. */
export class VeraLayer implements AdapterLayer {
  private readonly a: Parameter
  private readonly b: Parameter
  private readonly d: Parameter
  private readonly lambdaB: Parameter
  private readonly inner: Shape
  private readonly dropout: number
  private readonly habit: LoraHabit

  /** `weight`: [out, in] of the base layer; `d`: [r]; `lambdaB`: [out]; `inner`: [b, s, r]; `habit`: whether the base result is cloned (QuantizationBackend.maybe_clone_base_result). */
  constructor (matrices: SharedMatrices, weight: Shape, d: Parameter, lambdaB: Parameter, inner: Shape, dropout: number, habit: LoraHabit) {
    const [out, into] = weight.dimensions
    const rank = dimension('r', d.elements)
    const part = (whole: Parameter, extent: Shape): Parameter => new Parameter(whole.storage, extent, whole.elementSize, false, whole.name)
    this.a = part(matrices.a, shape(rank, into!))
    this.b = part(matrices.b, shape(out!, rank))
    this.d = d
    this.lambdaB = lambdaB
    this.inner = inner
    this.dropout = dropout
    this.habit = habit
  }

  apply (caller: Scope, x: Tensor, base: Projection): Tensor {
    const scope = new Scope(caller.tape)
    const result = baseResult(scope, x, base, this.habit)
    const input = cast(scope, x, this.d.elementSize, 'input in the adapter type')
    const sum = add(scope, result, this.update(scope, input, base.output), 'output')
    const resultSize = result.elementSize
    scope.drop(result)
    return scope.return(cast(scope, sum, resultSize, 'output in the base type'), caller)
  }

  private update (caller: Scope, input: Tensor, extent: Shape): Tensor {
    const scope = new Scope(caller.tape)
    const dropped = this.dropout > 0 ? dropout(scope, input) : input
    const inner = linear(scope, dropped, this.a, this.inner)
    scope.drop(dropped)
    const scaled = multiply(scope, this.d, inner, 'scaled inner')
    scope.drop(inner)
    const outer = linear(scope, scaled, this.b, extent)
    scope.drop(scaled)
    return scope.return(multiply(scope, this.lambdaB, outer, 'update'), caller)
  }
}
