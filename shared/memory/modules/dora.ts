import { dimension, Scope, shape, type Shape, type Tape, type Tensor } from '../tape/index.ts'
import { add, cast, dropout, multiply, output, scale } from './elementwise.ts'
import { autocastCopy, linear, type Parameter } from './linear.ts'
import { baseResult, type LoraParts } from './lora.ts'
import type { AdapterLayer, Projection } from './projection.ts'
import { COMPUTE_SIZE } from './quantization/dequantizing.ts'

export interface DoraParts extends LoraParts {
  /** [out] */
  readonly magnitude: Parameter
  /** [out, in] of the base layer */
  readonly weight: Shape
}

/**
 * PEFT's weight-decomposed LoRA (peft/tuners/lora/variants.py DoraLinearVariant.forward, dora.py DoraLinearLayer.forward):
 * the product of the adapters is materialized by running an identity matrix through them, added to the base weight for its
 * column norms, and only then the layer itself is computed. The locals of the Python function stay alive until it returns.
 */
export class DoraLayer implements AdapterLayer {
  private readonly parts: DoraParts

  constructor (parts: DoraParts) {
    this.parts = parts
  }

  apply (caller: Scope, x: Tensor, base: Projection): Tensor {
    const { a, habit } = this.parts
    const scope = new Scope(caller.tape)
    const result = baseResult(scope, x, base, habit)
    const converts = habit.castsInput === 'always' || !scope.tape.autocast
    const cast32 = converts ? cast(scope, x, a.elementSize, 'input in the adapter type') : x
    const dropped = this.parts.dropout > 0 ? dropout(scope, cast32) : cast32
    const update = this.decomposed(scope, dropped, dropped === cast32 ? result : null, base)
    const sum = add(scope, result, update, 'output')
    if (!converts) return scope.return(sum, caller)
    const resultSize = result.elementSize
    scope.drop(update, result)
    return scope.return(cast(scope, sum, resultSize, 'output in the base type'), caller)
  }

  private decomposed (caller: Scope, x: Tensor, baseResult: Tensor | null, base: Projection): Tensor {
    const { a, b, inner, magnitude } = this.parts
    const scope = new Scope(caller.tape)
    const keepsGraph = scope.tape.gradEnabled && !scope.tape.frame?.isFirstRun
    const { weight, norm } = withoutGraph(scope.tape, () => this.weightNorm(scope, x.elementSize, base, keepsGraph))
    const magnitudeScale = multiply(scope, magnitude, norm, 'magnitude over norm')
    const low = linear(scope, x, a, inner)
    const lora = linear(scope, low, b, base.output)
    scope.drop(low)
    const given = baseResult && base.bias ? add(scope, baseResult, base.bias, 'base output without bias') : baseResult
    const plain = given ?? linear(scope, x, weight as Parameter, base.output)
    const lessOne = scale(scope, magnitudeScale, 'scale less one')
    const first = multiply(scope, plain, lessOne, 'scaled base output')
    scope.drop(lessOne)
    const scaledLora = multiply(scope, lora, magnitudeScale, 'scaled update')
    const second = scale(scope, scaledLora)
    scope.drop(scaledLora)
    const result = add(scope, first, second, 'decomposed update')
    scope.drop(first, second)
    return scope.return(result, caller)
  }

  /** get_lora_weight and get_weight_norm; what stays in the scope are the function's locals and what their graph keeps. */
  private weightNorm (scope: Scope, elementSize: number, base: Projection, keepsGraph: boolean): { weight: Tensor, norm: Tensor } {
    const { tape } = scope
    const { a, b, weight: weightShape } = this.parts
    const [out, into] = weightShape.dimensions
    const eye = output(scope, shape(into!, into!), a.elementSize, 'identity')
    const input = tape.autocast ? cast(scope, eye, Math.min(eye.elementSize, tape.autocast), 'identity in the autocast type') : eye
    const first = linear(scope, input, autocastCopy(scope, a), shape(into!, dimension('r', a.shape.dimensions[0]!.size)))
    if (!keepsGraph && input !== eye) scope.drop(input)
    const product = linear(scope, first, autocastCopy(scope, b), shape(into!, out!))
    if (!keepsGraph) scope.drop(first)
    if (!keepsGraph || input !== eye) scope.drop(eye)
    const update = cast(scope, product, elementSize, 'adapter product')
    if (update !== product) scope.drop(product)
    const stored = base.weight ?? output(scope, weightShape, COMPUTE_SIZE, 'dequantized weight')
    const weight = cast(scope, stored, elementSize, 'base weight in the input type')
    if (weight !== stored) scope.drop(stored)
    const scaled = scale(scope, update, 'scaled adapter product')
    const total = add(scope, weight, scaled, 'adapted weight')
    scope.drop(scaled)
    const norm = output(scope, shape(out!), elementSize, 'weight norm')
    scope.drop(total)
    return { weight, norm }
  }
}

/** Runs what autograd would record but nobody ever differentiates; the caller keeps by hand what its graph would keep. */
function withoutGraph<T> (tape: Tape, run: () => T): T {
  const before = tape.gradEnabled
  tape.gradEnabled = false
  try {
    return run()
  } finally {
    tape.gradEnabled = before
  }
}
