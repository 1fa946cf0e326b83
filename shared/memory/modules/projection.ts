import type { Scope, Shape, Tensor } from '../tape/index.ts'
import { linear, type Parameter } from './linear.ts'
import { quantizedLinear } from './quantizedLinear.ts'

/** Wraps a base layer: LoRA and its relatives. `base` runs the layer itself. */
export interface AdapterLayer {
  apply (scope: Scope, x: Tensor, output: Shape, base: (scope: Scope) => Tensor): Tensor
}

/** A linear layer of the model as the method leaves it: full or quantized weight, bias, adapter. */
export class Projection {
  readonly name: string
  /** null when the weight is quantized. */
  readonly weight: Parameter | null
  /** [out, in] */
  readonly weightShape: Shape
  readonly bias: Parameter | null
  /** Extent of the result: [b, s, …]. */
  readonly output: Shape
  readonly adapter: AdapterLayer | null

  constructor (name: string, weight: Parameter | null, weightShape: Shape, bias: Parameter | null, output: Shape, adapter: AdapterLayer | null) {
    this.name = name
    this.weight = weight
    this.weightShape = weightShape
    this.bias = bias
    this.output = output
    this.adapter = adapter
  }

  apply (scope: Scope, x: Tensor): Tensor {
    scope.tape.module = this.name
    const { weight, weightShape, bias, output, adapter } = this
    const base = (inner: Scope): Tensor => weight ? linear(inner, x, weight, output, bias) : quantizedLinear(inner, x, weightShape, output, bias)
    return adapter ? adapter.apply(scope, x, output, base) : base(scope)
  }
}
