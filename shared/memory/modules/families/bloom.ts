import type { Architecture } from '../../../architecture/architecture.ts'
import { dimension, Scope, shape, type Shape, type Storage, type Tensor } from '../../tape/index.ts'
import { embeddingSize } from '../attend.ts'
import { batched, narrow } from '../attention.ts'
import type { ModelBuilder } from '../builder.ts'
import { add, addConstant, cast, dropout, matmul, passThrough, softmax } from '../elementwise.ts'
import { bloomGelu } from '../bloomGelu.ts'
import type { Projection } from '../projection.ts'
import { slice } from '../views.ts'
import { attention, plainMlp } from './dense/common.ts'
import type { DenseContext, KindContext } from './dense/context.ts'
import { denseFamily, type DenseSpec } from './dense/index.ts'
import { DenseModel } from './dense/model.ts'
import { streamNorm, type Norm } from './dense/norms.ts'
import type { DecoderLayer, Family } from './family.ts'

const bloom = (a: Architecture): DenseSpec => ({
  norm: 'layer-norm',
  order: 'pre',
  attention: { ...attention(a, { layout: 'split', projections: ['query_key_value'], out: 'dense', dropout: a.dropout?.attention ?? 0 }), qkvBias: true, outBias: true },
  mlp: plainMlp(a, 'dense_h_to_4h', 'dense_4h_to_h', 'gelu'),
  embeddingNorm: true,
  ...(a.dropout ? { dropout: { embedding: 0, residual: a.dropout.residual } } : {}),
  head: {}
})

/** What all blocks of one pass share: the bias of distance and the additive mask. */
interface Shared {
  alibi: Storage | null
  mask: Storage | null
}

/** BloomBlock: q, k and v interleaved in one layer, scores by baddbmm over the bias of distance. */
class BloomLayer implements DecoderLayer {
  second: Tensor | null = null
  private readonly context: DenseContext
  private readonly kind: KindContext
  private readonly shared: Shared
  private readonly norms: readonly [Norm, Norm]
  private readonly fused: Projection
  private readonly out: Projection
  private readonly up: Projection
  private readonly down: Projection

  constructor (builder: ModelBuilder, context: DenseContext, kind: KindContext, shared: Shared) {
    const { run, spec } = context
    const { batch, sequence, hiddenSize: h } = run
    const [f, three] = [dimension('f', run.architecture.intermediateSize), dimension('3h', 3 * h.size)]
    this.context = context
    this.kind = kind
    this.shared = shared
    const first = streamNorm(builder, spec.norm, 'input_layernorm')
    this.fused = builder.linear('query_key_value', three, h, shape(batch, sequence, three), true)
    this.out = builder.linear('dense', h, h, run.hidden, true)
    this.norms = [first, streamNorm(builder, spec.norm, 'post_attention_layernorm')]
    this.up = builder.linear('dense_h_to_4h', f, h, shape(batch, sequence, f), true)
    this.down = builder.linear('dense_4h_to_h', h, f, run.hidden, true)
  }

  arguments (): readonly Storage[] {
    return [this.shared.alibi!, this.shared.mask!]
  }

  forward (caller: Scope, x: Tensor): Tensor {
    const scope = new Scope(caller.tape)
    const normed = this.norms[0].apply(scope, x)
    const middle = this.attend(scope, normed, x)
    const input = this.norms[1].apply(scope, middle)
    scope.drop(normed)
    const result = this.feedForward(scope, input, middle)
    this.second = scope.hand(this.second!, caller)
    return scope.return(result, caller)
  }

  private attend (caller: Scope, x: Tensor, residual: Tensor): Tensor {
    const { run } = this.context
    const { geometry } = this.kind
    const scope = new Scope(run.tape)
    const fused = this.fused.apply(scope, x)
    run.tape.module = 'attention'
    const views = [0, 1, 2].map(() => slice(scope, fused, geometry.query))
    const [q, k, v] = views as [Tensor, Tensor, Tensor]
    const [ownKey, ownValue] = run.prefix?.extend(scope, k, v, run.tape.layer) ?? [k, v]
    run.tape.module = 'attention'
    const [query, key, value] = [q, ownKey, ownValue].map((view) => {
      const heads = batched(scope, view, geometry, view !== q && geometry.keys !== undefined)
      if (heads !== view) scope.drop(view)
      return heads
    })
    const scores = product(scope, query!, key!, geometry.scores, 'scores')
    const masked = addConstant(scope, scores, Math.max(scores.elementSize, embeddingSize(run.plan)), 'masked scores')
    const wide = cast(scope, masked, 4, 'scores in fp32')
    const probabilities32 = softmax(scope, wide, 4)
    if (wide !== masked) scope.drop(wide)
    let probabilities = cast(scope, probabilities32, query!.elementSize, 'probabilities')
    if (probabilities !== probabilities32) scope.drop(probabilities32)
    if (geometry.dropout) {
      const kept = dropout(scope, probabilities)
      scope.drop(probabilities)
      probabilities = kept
    }
    this.second = probabilities
    const mixed = product(scope, probabilities, value!, geometry.query, 'weighted values')
    const merged = passThrough(scope, mixed, 'output')
    scope.drop(mixed)
    const result = this.joined(scope, this.out.apply(scope, merged), residual, 'after attention')
    scope.hand(probabilities, caller)
    return scope.return(result, caller)
  }

  private feedForward (caller: Scope, x: Tensor, residual: Tensor): Tensor {
    const scope = new Scope(caller.tape)
    const raised = this.up.apply(scope, x)
    scope.tape.module = 'act_fn'
    const activated = bloomGelu(scope, raised)
    scope.drop(raised)
    return scope.return(this.joined(scope, this.down.apply(scope, activated), residual, 'block output'), caller)
  }

  /** dropout_add */
  private joined (scope: Scope, sublayer: Tensor, residual: Tensor, role: string): Tensor {
    scope.tape.module = 'residual'
    return add(scope, residual, this.context.spec.dropout?.residual ? dropout(scope, sublayer) : sublayer, role)
  }
}

/** baddbmm or bmm, under autocast in its type. */
function product (caller: Scope, a: Tensor, b: Tensor, extent: Shape, role: string): Tensor {
  const scope = new Scope(caller.tape)
  const right = narrow(scope, b)
  return scope.return(matmul(scope, narrow(scope, a), right, extent, role), caller)
}

class BloomModel extends DenseModel {
  private readonly shared: Shared

  constructor (builder: ModelBuilder, places: ConstructorParameters<typeof DenseModel>[1], spec: DenseSpec, shared: Shared) {
    super(builder, places, spec, (b, context, kind) => new BloomLayer(b, context, kind, shared))
    this.shared = shared
  }

  /** build_alibi_tensor in the type of the normed embedding; an attention mask of ones where the batch has none. */
  override share (x: Tensor): readonly Storage[] {
    const { run, architecture: a } = this.context
    const { tape, batch, sequence, keys, plan } = run
    tape.module = 'attention_mask'
    const ones = plan.data.padding ? [] : [tape.allocate(run.tokens, 4, 'ones', 'activations')]
    const size = tape.autocast ? 4 : x.elementSize
    this.shared.alibi = tape.allocate(shape(batch, dimension('nh', a.heads), sequence), size, 'bias of distance', 'activations')
    this.shared.mask = tape.allocate(shape(batch, dimension('1', 1), sequence, keys), x.elementSize, 'causal mask', 'activations')
    return [...ones, this.shared.alibi, this.shared.mask]
  }

  /** The model's frame holds the embedding below its norm. */
  override enter (caller: Scope, x: Tensor): ReturnType<DenseModel['enter']> {
    const entered = super.enter(caller, x)
    return { ...entered, kept: [...entered.kept, caller.tape.retain(x.storage)] }
  }
}

/** BLOOM: ALiBi, a norm over the embedding; transformers has no SDPA for it. */
export const bloomFamily: Family = {
  ...denseFamily(['bloom'], 'bloom/modeling_bloom.py', bloom),
  eagerOnly: true,
  build: (builder, places) => new BloomModel(builder, places, bloom(builder.run.architecture), { alibi: null, mask: null })
}
