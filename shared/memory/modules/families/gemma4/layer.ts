import { dimension, edgeOf, GradNode, shape, Tensor, type Scope, type Storage } from '../../../tape/index.ts'
import { activate } from '../../activations.ts'
import type { ModelBuilder } from '../../builder.ts'
import { add, gradient, multiply, needsGrad } from '../../elementwise.ts'
import type { Projection } from '../../projection.ts'
import { slice } from '../../views.ts'
import { DenseLayer, type Sublayer } from '../dense/block.ts'
import type { DenseContext, KindContext } from '../dense/context.ts'
import { streamNorm, type Norm } from '../dense/norms.ts'
import { Gemma4Experts } from './experts.ts'

/** The per-layer inputs of one forward pass, [b, s, layers, size]. */
export interface PerLayerInputs {
  tensor: Tensor | null
}

/** Gemma4TextDecoderLayer: the sandwiched block, its per-layer input, and a scalar that the result is multiplied by in place. */
export class Gemma4Layer extends DenseLayer {
  private readonly inputs: PerLayerInputs | null
  private readonly gate: Projection | null
  private readonly projection: Projection | null
  private readonly inputNorm: Norm | null
  private readonly builder: ModelBuilder
  private readonly experts: Gemma4Experts | null
  private readonly scalar: Storage

  constructor (builder: ModelBuilder, context: DenseContext, kind: KindContext, attention: Sublayer, mlp: Sublayer, inputs: PerLayerInputs | null, size: number) {
    super(builder, context, kind, attention, mlp)
    const { run } = context
    const p = dimension('p', size)
    this.builder = builder
    this.inputs = inputs
    this.scalar = builder.buffer('layer', shape(dimension('1', 1)), 2, 'layer_scalar')
    this.gate = inputs ? builder.linear('per_layer_input_gate', p, run.hiddenSize, shape(run.batch, run.sequence, p), false) : null
    this.projection = inputs ? builder.linear('per_layer_projection', run.hiddenSize, p, run.hidden, false) : null
    this.inputNorm = inputs ? streamNorm(builder, context.spec.norm, 'post_per_layer_input_norm') : null
    if (!inputs) this.beside = undefined as never
    this.experts = run.architecture.moe ? new Gemma4Experts(builder) : null
  }

  /** `per_layer_inputs[:, :, i, :]` */
  beside (scope: Scope): Tensor {
    const { batch, sequence } = this.builder.run
    const whole = this.inputs!.tensor!
    return slice(scope, whole, shape(batch, sequence, whole.shape.dimensions.at(-1)!))
  }

  protected override afterMlp (scope: Scope, stream: Tensor, output: Tensor): Tensor {
    return this.experts?.beside(scope, stream, output) ?? output
  }

  protected override finish (scope: Scope, stream: Tensor, input: Tensor | null): Tensor {
    if (this.middle) scope.drop(this.middle)
    const result = input && this.gate && this.projection && this.inputNorm ? this.withInput(scope, stream, input, this.gate, this.projection, this.inputNorm) : stream
    return scaleInPlace(scope, result, this.scalar)
  }

  private withInput (scope: Scope, stream: Tensor, input: Tensor, gate: Projection, projection: Projection, norm: Norm): Tensor {
    const raw = gate.apply(scope, stream)
    scope.tape.module = 'act_fn'
    const open = activate(scope, raw, 'gelu')
    scope.drop(raw)
    const gated = multiply(scope, open, input, 'gated input')
    scope.drop(open)
    const raised = projection.apply(scope, gated)
    scope.drop(gated)
    const normed = norm.apply(scope, raised)
    scope.drop(raised)
    scope.tape.module = 'residual'
    const result = add(scope, stream, normed, 'with the per-layer input')
    scope.drop(normed)
    return result
  }
}

/** x *= scalar: the result is x's storage; keeps the scalar, a buffer; backward makes a new gradient. */
export function scaleInPlace (scope: Scope, x: Tensor, scalar: Storage): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, x) ? new GradNode(tape, [edgeOf(x)], [scalar], () => [gradient(tape, x.shape, x.elementSize)]) : null
  tape.retain(x.storage)
  const result = scope.own(new Tensor(x.storage, x.shape, x.elementSize, node !== null, node))
  scope.drop(x)
  return result
}
