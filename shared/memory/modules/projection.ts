import type { Scope, Shape, Tensor } from '../tape/index.ts'
import { linear, type Parameter } from './linear.ts'
import type { WeightFormat } from './quantization/index.ts'

/** Wraps a base layer: LoRA and its relatives. */
export interface AdapterLayer {
  apply (scope: Scope, x: Tensor, base: Projection): Tensor
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
  /** How a quantized weight is multiplied; null when it is not quantized. */
  readonly format: WeightFormat | null

  constructor (
    name: string, weight: Parameter | null, weightShape: Shape, bias: Parameter | null, output: Shape, adapter: AdapterLayer | null, format: WeightFormat | null = null
  ) {
    this.name = name
    this.weight = weight
    this.weightShape = weightShape
    this.bias = bias
    this.output = output
    this.adapter = adapter
    this.format = format
  }

  apply (scope: Scope, x: Tensor): Tensor {
    scope.tape.module = this.name
    return this.adapter && scope.tape.adapters ? this.adapter.apply(scope, x, this) : this.applyBase(scope, x)
  }

  /** The layer without its adapter. */
  applyBase (scope: Scope, x: Tensor): Tensor {
    const { weight, weightShape, bias, output } = this
    return weight ? linear(scope, x, weight, output, bias) : this.format!.apply(scope, x, weightShape, output, bias)
  }
}
