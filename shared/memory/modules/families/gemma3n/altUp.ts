import { hasAdapters } from '../../../../plan/index.ts'
import { dimension, Scope, shape, type Shape, type Tensor } from '../../../tape/index.ts'
import { narrow } from '../../attention.ts'
import type { ModelBuilder } from '../../builder.ts'
import { addInPlace, cast, gradient, matmul, multiply, needsGrad, output, passThrough, scale, tanh } from '../../elementwise.ts'
import { edgeOf, GradNode } from '../../../tape/index.ts'
import type { Parameter } from '../../linear.ts'
import type { Projection } from '../../projection.ts'
import type { Run } from '../../run.ts'
import { streamNorm, type Norm } from '../dense/norms.ts'
import { subtract } from './operations.ts'
import { addIntoView, firstOf, mix, repeat } from './streams.ts'

/** [n, b, s, h] */
export const streamsOf = ({ batch, sequence, hiddenSize }: Run, count: number): Shape => shape(dimension('n', count), batch, sequence, hiddenSize)

/** Gemma3nTextAltUp: what a block predicts for all streams from the first, and how its result corrects them. */
export class AltUpStreams {
  private readonly outputScale: Parameter
  private readonly run: Run
  private readonly extents: { readonly streams: Shape, readonly one: Shape, readonly matrix: Shape, readonly rows: Shape }
  private readonly correction: Projection
  private readonly prediction: Projection
  private readonly router: Projection
  private readonly norm: Norm

  constructor (builder: ModelBuilder, count: number) {
    const { run } = builder
    const { batch, sequence, hiddenSize, hidden } = run
    const n = dimension('n', count)
    const [square, perToken] = [dimension('n²', count ** 2), shape(batch, sequence, n)]
    this.run = run
    this.extents = { streams: streamsOf(run, count), one: hidden, matrix: shape(n, n), rows: shape(batch, sequence, n) }
    this.outputScale = builder.base('altup', shape(hiddenSize), 'correct_output_scale')
    // Both are clamped through their weight, which packed numbers do not allow; training calls the second by its weight alone, past an adapter.
    const correction = (): Projection => builder.linear('correction_coefs', n, n, perToken, false, false)
    this.correction = hasAdapters(run.plan.method) ? builder.withoutGradients(correction) : correction()
    this.prediction = builder.linear('prediction_coefs', square, n, shape(batch, sequence, square), false, false)
    this.router = builder.linear('modality_router', n, hiddenSize, perToken, false)
    this.norm = streamNorm(builder, 'power-rms', 'router_norm')
    builder.buffer('altup', shape(dimension('1', 1)), 2, 'router_input_scale')
  }

  /** predict: every stream as a mixture of all, added to what it was. */
  predict (caller: Scope, streams: Tensor): Tensor {
    const scope = new Scope(caller.tape)
    const active = firstOf(scope, streams, this.extents.one)
    const modalities = this.modalities(scope, active)
    scope.drop(active)
    const coefficients = this.prediction.apply(scope, modalities)
    scope.tape.module = 'altup'
    const right = narrow(scope, coefficients)
    const left = narrow(scope, streams)
    const mixed = mix(scope, left, right)
    scope.drop(...[left, right].filter((t) => t !== streams && t !== coefficients))
    const predicted = addIntoView(scope, mixed, streams)
    scope.drop(mixed)
    const contiguous = passThrough(scope, predicted, 'predictions')
    const result = cast(scope, contiguous, streams.elementSize, 'predictions')
    return scope.return(result, caller)
  }

  /** correct: what the block made of the first stream, less what was predicted for it, weighted into all. */
  correct (caller: Scope, predictions: Tensor, activated: Tensor): Tensor {
    const scope = new Scope(caller.tape)
    const modalities = this.modalities(scope, activated)
    const first = firstOf(scope, predictions, this.extents.one)
    const difference = subtract(scope, activated, first, 'innovation')
    scope.drop(first)
    const innovation = repeat(scope, difference, this.extents.streams)
    scope.drop(difference)
    const weight = this.clamped(scope)
    const right = narrow(scope, weight)
    const left = narrow(scope, modalities)
    const weights = matmul(scope, left, right, this.extents.rows, 'coefficients')
    scope.drop(...[left, right].filter((t) => t !== modalities && t !== weight))
    const coefficients = passThrough(scope, weights, '1 + coefficients')
    scope.drop(weights)
    const weighted = multiply(scope, innovation, coefficients, 'corrected')
    return scope.return(addInPlace(scope, weighted, predictions), caller)
  }

  /** scale_corrected_output: the product is taken in the type of the scale. */
  scaled (caller: Scope, first: Tensor): Tensor {
    const scope = new Scope(caller.tape)
    const narrowed = cast(scope, first, this.outputScale.elementSize, 'in the type of the scale')
    const product = multiply(scope, narrowed, this.outputScale, 'scaled first stream')
    if (narrowed !== first) scope.drop(narrowed)
    return scope.return(cast(scope, product, first.elementSize, 'scaled first stream'), caller)
  }

  /** compute_router_modalities: tanh in fp32 of the router's output. */
  private modalities (caller: Scope, x: Tensor): Tensor {
    const scope = new Scope(caller.tape)
    const normed = this.norm.apply(scope, x)
    const inputs = scale(scope, normed, 'router inputs')
    scope.drop(normed)
    const routed = this.router.apply(scope, inputs)
    scope.tape.module = 'altup'
    const wide = cast(scope, routed, 4, 'routed in fp32')
    const bounded = tanh(scope, wide)
    if (wide !== routed) scope.drop(wide)
    return scope.return(cast(scope, bounded, x.elementSize, 'modalities'), caller)
  }

  /** weight.clamp: keeps the weight. */
  private clamped (scope: Scope): Tensor {
    const { tape } = this.run
    const weight = this.correction.weight!
    const node = needsGrad(tape, weight) ? new GradNode(tape, [edgeOf(weight)], [weight.storage], () => [gradient(tape, weight.shape, weight.elementSize)]) : null
    return output(scope, this.extents.matrix, weight.elementSize, 'clamped weight', node)
  }
}
