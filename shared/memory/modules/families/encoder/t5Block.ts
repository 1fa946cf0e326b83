import { dimension, GradNode, Leaf, Scope, shape, Tensor, type Shape, type Storage, type Tape } from '../../../tape/index.ts'
import { activate } from '../../activations.ts'
import { attentionGeometry } from '../../attend.ts'
import type { AttentionGeometry } from '../../attention.ts'
import { eagerBiased, efficientBiased } from '../../biasedAttention.ts'
import type { ModelBuilder } from '../../builder.ts'
import { add, cast, dropout, multiply, output } from '../../elementwise.ts'
import type { Parameter } from '../../linear.ts'
import { reciprocalRms } from '../../normalization.ts'
import type { Projection } from '../../projection.ts'
import type { Carried, DecoderLayer } from '../family.ts'

/** A bias that the first block of a stack makes and the model's frame holds for the others. */
export interface HeldBias extends Carried {
  readonly drop: () => void
}

const read = ({ detached, tensor }: HeldBias): Tensor => detached ?? tensor

/** What the blocks of one stack share. */
export interface T5Context {
  readonly rate: number
  readonly isDecoder: boolean
  bias: HeldBias | null
  mask: Tensor | null
  crossBias: HeldBias | null
  crossMask: Tensor | null
  /** The encoder's output. */
  encoded: Tensor | null
}

/** `requires_grad_()` on an activation: the graph holds it, and its gradient stays beside it until the graph is freed. */
export function requireGradient (tape: Tape, tensor: Tensor): void {
  const leaf = new Leaf()
  let kept = false
  tensor.requiresGrad = true
  tensor.leaf = leaf
  tape.keepWithGraph(tensor.storage)
  leaf.afterGrad = () => {
    if (!kept) tape.graphKept.push(leaf.grad!)
    kept = true
  }
}

/** T5LayerNorm: the product in fp32, back to the weight's type before the weight. */
export class T5Norm {
  private readonly name: string
  private readonly weight: Parameter
  private readonly rows: Shape

  constructor (builder: ModelBuilder, name: string) {
    this.name = name
    this.weight = builder.base(name, builder.run.hiddenVector)
    this.rows = builder.run.tokens
  }

  apply (caller: Scope, x: Tensor): Tensor {
    const scope = new Scope(caller.tape)
    scope.tape.module = this.name
    const x32 = x.elementSize === 4 ? scope.alias(x) : cast(scope, x, 4, 'fp32 copy of the input')
    const rstd = reciprocalRms(scope, x32, this.rows)
    scope.drop(x32)
    const product = multiply(scope, x, rstd, 'normalized')
    scope.drop(rstd)
    const narrowed = this.weight.elementSize < 4 ? cast(scope, product, this.weight.elementSize, 'normalized, weight type') : product
    if (narrowed !== product) scope.drop(product)
    return scope.return(multiply(scope, this.weight, narrowed, 'output'), caller)
  }
}

/** T5Attention with the norm before it and dropout and residual after it. */
class T5Attention {
  private readonly builder: ModelBuilder
  private readonly rate: number
  private readonly geometry: AttentionGeometry
  private readonly norm: T5Norm
  private readonly layers: readonly Projection[]
  private readonly out: Projection
  private readonly table: Parameter | null

  constructor (builder: ModelBuilder, rate: number, name: string, hasBias: boolean) {
    const { run } = builder
    const { architecture: a, hiddenSize: h } = run
    const width = dimension('q', a.heads * a.headDim)
    this.builder = builder
    this.rate = rate
    this.geometry = { ...attentionGeometry(run, a.heads, a.heads, a.headDim, false), dropout: rate }
    this.layers = ['q', 'k', 'v'].map((layer) => builder.linear(layer, width, h, this.geometry.query, false))
    this.out = builder.linear('o', h, width, run.hidden, false)
    this.table = hasBias ? builder.base('relative_attention_bias', shape(dimension('buckets', a.relativeAttentionBuckets ?? 32), dimension('nh', a.heads))) : null
    this.norm = new T5Norm(builder, name)
  }

  /** `known`: the bias that an earlier block made; else it is made here, learned or zeros, and handed to the caller. */
  forward (caller: Scope, x: Tensor, known: Tensor | null, mask: Tensor | null, causal: boolean, source: Tensor | null): { result: Tensor, bias: Tensor, probabilities: Tensor | null } {
    const { run } = this.builder
    const scope = new Scope(run.tape)
    const normed = this.norm.apply(scope, x)
    const inner = new Scope(run.tape)
    const query = this.layers[0]!.apply(inner, normed)
    const key = this.layers[1]!.apply(inner, source ?? normed)
    const value = this.layers[2]!.apply(inner, source ?? normed)
    run.tape.module = 'attention'
    const bias = known ?? this.makeBias(inner, query.elementSize)
    const attend = run.plan.runtime.attention === 'eager' ? eagerBiased : efficientBiased
    const { result: mixed, probabilities } = attend(inner, query, key, value, bias, { mask, causal }, this.geometry)
    const attended = this.out.apply(inner, mixed)
    if (!known) inner.hand(bias, caller)
    if (probabilities) inner.hand(probabilities, caller)
    const output = inner.return(attended, scope)
    const kept = this.rate > 0 ? dropout(scope, output) : output
    return { result: scope.return(add(scope, x, kept, 'after attention'), caller), bias, probabilities }
  }

  /** Under checkpointing they require a gradient, which stays beside them until the graph is freed. */
  private zeros (bias: Tensor): Tensor {
    const { tape, plan } = this.builder.run
    if (plan.runtime.checkpointing === 'none' || !tape.gradEnabled) return bias
    const again = tape.frame !== null && !tape.frame.isFirstRun
    if (again) Object.assign(bias, { requiresGrad: true, leaf: new Leaf() })
    else requireGradient(tape, bias)
    return bias
  }

  private makeBias (scope: Scope, elementSize: number): Tensor {
    const { tape, sequence } = this.builder.run
    const extent = shape(dimension('1', 1), this.geometry.heads, sequence, sequence)
    const { table } = this
    if (!table) return this.zeros(output(scope, extent, elementSize, 'zeros for a bias'))
    const pairs = shape(sequence, sequence)
    const inner = new Scope(tape)
    output(inner, pairs, 8, 'relative positions')
    const buckets = output(inner, pairs, 8, 'buckets')
    const parts = [8, 1, 8, 8, 8].map((size) => output(inner, pairs, size, 'part of the buckets'))
    inner.drop(...parts)
    const trained = tape.gradEnabled && table.requiresGrad
    const node = trained ? new GradNode(tape, [table.leaf], [buckets.storage], () => [tape.allocate(table.shape, table.elementSize, 'weight gradient', 'gradients')]) : null
    const result = output(scope, extent, table.elementSize, 'bias of distance', node)
    inner.close()
    return result
  }
}

/** T5Block of either stack; the first one of a stack makes its biases. */
export class T5Block implements DecoderLayer {
  readonly positional = true
  readonly before?: (scope: Scope, x: Tensor) => Tensor
  readonly beside?: (scope: Scope) => Tensor
  private readonly builder: ModelBuilder
  private readonly context: T5Context
  private readonly isFirst: boolean
  private readonly self: T5Attention
  private readonly cross: T5Attention | null
  private readonly norm: T5Norm
  private readonly up: readonly Projection[]
  private readonly down: Projection

  constructor (builder: ModelBuilder, context: T5Context, isFirst: boolean, enters: ((scope: Scope, x: Tensor) => Tensor) | null) {
    const { run } = builder
    const { batch, sequence, hiddenSize: h, architecture: a } = run
    const f = dimension('f', a.intermediateSize)
    this.builder = builder
    this.context = context
    this.isFirst = isFirst
    if (enters) this.before = enters
    if (context.isDecoder) this.beside = (scope) => scope.alias(context.encoded!)
    this.self = new T5Attention(builder, context.rate, 'SelfAttention.layer_norm', isFirst)
    this.cross = context.isDecoder ? new T5Attention(builder, context.rate, 'EncDecAttention.layer_norm', false) : null
    this.up = (a.mlpType === 'geglu' ? ['wi_0', 'wi_1'] : ['wi']).map((name) => builder.linear(name, f, h, shape(batch, sequence, f), false))
    this.down = builder.linear('wo', h, f, run.hidden, false, false)
    this.norm = new T5Norm(builder, 'DenseReluDense.layer_norm')
  }

  arguments (): readonly Storage[] {
    const { mask, crossMask, bias, crossBias } = this.context
    return [mask, crossMask, this.isFirst ? null : bias?.tensor, this.isFirst ? null : crossBias?.tensor].filter((t) => t !== null && t !== undefined).map((t) => t.storage)
  }

  forward (caller: Scope, x: Tensor, encoded: Tensor | null = null): Tensor {
    const { context, builder: { run } } = this
    const scope = new Scope(run.tape)
    const own = this.self.forward(scope, x, this.isFirst ? null : read(context.bias!), context.mask, context.isDecoder, null)
    if (this.isFirst) this.hold('bias', own.bias)
    let stream = own.result
    if (this.cross) {
      const crossed = this.cross.forward(scope, stream, this.isFirst ? null : read(context.crossBias!), context.crossMask, false, encoded)
      if (this.isFirst) this.hold('crossBias', crossed.bias)
      scope.drop(stream, ...own.probabilities ? [own.probabilities] : [])
      stream = crossed.result
    }
    const result = this.feedForward(scope, stream)
    return scope.return(result, caller)
  }

  carries (): { carried: readonly Carried[], makes: boolean } {
    const { bias, crossBias } = this.context
    return { carried: [bias, crossBias].filter((one) => one !== null), makes: this.isFirst }
  }

  /** Returned to the model, which holds it; a block that is run again returns it to reentrant checkpointing's function, which holds it, or to nobody. */
  private hold (name: 'bias' | 'crossBias', tensor: Tensor): void {
    const { tape, plan } = this.builder.run
    const known = this.context[name]
    if (known && plan.runtime.checkpointing === 'reentrant') known.again = new Tensor(tape.retain(tensor.storage), tensor.shape, tensor.elementSize, tensor.requiresGrad, tensor.node, tensor.leaf)
    if (known) return
    tape.retain(tensor.storage)
    this.context[name] = { tensor, permuted: name === 'bias', detached: null, again: null, gradient: null, drop: () => tape.release(tensor.storage) }
  }

  private feedForward (caller: Scope, x: Tensor): Tensor {
    const { context, builder: { run } } = this
    const { tape } = run
    const scope = new Scope(tape)
    const normed = this.norm.apply(scope, x)
    const inner = new Scope(tape)
    const [first, second] = this.up
    const raised = first!.apply(inner, normed)
    tape.module = 'act_fn'
    let hidden = activate(inner, raised, second ? 'gelu-python' : 'relu')
    inner.drop(raised)
    const rebind = (next: Tensor): void => {
      if (next !== hidden) inner.drop(hidden)
      hidden = next
    }
    // The gated one has names for both factors.
    if (second) hidden = multiply(inner, hidden, second.apply(inner, normed))
    if (context.rate > 0) rebind(dropout(inner, hidden))
    const size = this.down.weight?.elementSize
    if (size) rebind(cast(inner, hidden, size, 'in the type of wo'))
    const lowered = inner.return(this.down.apply(inner, hidden), scope)
    scope.drop(normed)
    tape.module = 'dropout'
    const kept = context.rate > 0 ? dropout(scope, lowered) : lowered
    return scope.return(add(scope, x, kept, 'block output'), caller)
  }
}
