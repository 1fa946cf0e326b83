import type { Architecture } from '../../../architecture/architecture.ts'
import { dimension, Scope, shape, type Storage, type Tensor } from '../../tape/index.ts'
import { activate } from '../activations.ts'
import type { ModelBuilder } from '../builder.ts'
import { add, addConstant, cast, passThrough, scale, softmax } from '../elementwise.ts'
import { mix, scoresOf } from '../fp32Attention.ts'
import { maskScores } from '../masking.ts'
import type { Projection } from '../projection.ts'
import { attention, plainMlp } from './dense/common.ts'
import type { DenseContext, KindContext } from './dense/context.ts'
import { denseFamily, type DenseSpec } from './dense/index.ts'
import { DenseModel } from './dense/model.ts'
import { streamNorm, type Norm } from './dense/norms.ts'
import { HeadProjections } from './dense/projections.ts'
import type { DecoderLayer, Family } from './family.ts'

const mpt = (a: Architecture): DenseSpec => ({
  norm: 'layer-norm-without-bias',
  order: 'pre',
  attention: { ...attention(a, { layout: 'split', projections: ['Wqkv'], out: 'out_proj' }), qkvBias: false, outBias: false },
  mlp: plainMlp(a, 'up_proj', 'down_proj', 'gelu'),
  head: {}
})

/** What all blocks of one pass share. */
interface Shared {
  alibi: Storage | null
  mask: Storage | null
}

/** MptBlock: attention biased by the distance of tokens, in fp32 from the bias on. */
class MptLayer implements DecoderLayer {
  second: Tensor | null = null
  private readonly context: DenseContext
  private readonly kind: KindContext
  private readonly shared: Shared
  private readonly norms: readonly [Norm, Norm]
  private readonly heads: HeadProjections
  private readonly out: Projection
  private readonly up: Projection
  private readonly down: Projection

  constructor (builder: ModelBuilder, context: DenseContext, kind: KindContext, shared: Shared) {
    const { run, spec } = context
    const { batch, sequence, hiddenSize: h } = run
    const f = dimension('f', run.architecture.intermediateSize)
    this.context = context
    this.kind = kind
    this.shared = shared
    const first = streamNorm(builder, spec.norm, 'norm_1')
    this.heads = new HeadProjections(builder, kind, spec)
    this.out = builder.linear('out_proj', h, h, run.hidden, false)
    this.norms = [first, streamNorm(builder, spec.norm, 'norm_2')]
    this.up = builder.linear('up_proj', f, h, shape(batch, sequence, f), false)
    this.down = builder.linear('down_proj', h, f, run.hidden, false)
  }

  arguments (): readonly Storage[] {
    return [this.shared.alibi!, this.shared.mask!]
  }

  forward (caller: Scope, x: Tensor): Tensor {
    const scope = new Scope(caller.tape)
    const normed = this.norms[0].apply(scope, x)
    const attended = this.attend(scope, normed)
    scope.tape.module = 'residual'
    const middle = add(scope, attended, x, 'after attention')
    const input = this.norms[1].apply(scope, middle)
    scope.drop(normed)
    const result = this.feedForward(scope, input, middle)
    this.second = scope.hand(this.second!, caller)
    return scope.return(result, caller)
  }

  private attend (caller: Scope, x: Tensor): Tensor {
    const { run } = this.context
    const { geometry } = this.kind
    const scope = new Scope(run.tape)
    const { query, key: own, value: ownValue } = this.heads.apply(scope, x)
    const [key, value] = run.prefix?.extend(scope, own, ownValue, run.tape.layer) ?? [own, ownValue]
    run.tape.module = 'attention'
    const raw = scoresOf(scope, query, key, geometry)
    const scaled = scale(scope, raw)
    scope.drop(raw)
    const biased = addConstant(scope, scaled, 4, 'scores with the bias of distance')
    scope.drop(scaled)
    const masked = maskScores(scope, biased, this.shared.mask!)
    scope.drop(biased)
    const probabilities32 = softmax(scope, masked, 4)
    const probabilities = cast(scope, probabilities32, value.elementSize, 'probabilities')
    if (probabilities !== probabilities32) scope.drop(probabilities32)
    this.second = scope.hand(probabilities, caller)
    const mixed = mix(scope, probabilities, value, geometry)
    const merged = passThrough(scope, mixed, 'output')
    scope.drop(mixed)
    return scope.return(this.out.apply(scope, merged), caller)
  }

  private feedForward (caller: Scope, x: Tensor, residual: Tensor): Tensor {
    const scope = new Scope(caller.tape)
    const raised = this.up.apply(scope, x)
    scope.tape.module = 'act_fn'
    const activated = activate(scope, raised, 'gelu')
    scope.drop(raised)
    const lowered = this.down.apply(scope, activated)
    scope.tape.module = 'residual'
    return scope.return(add(scope, lowered, residual, 'block output'), caller)
  }
}

class MptModel extends DenseModel {
  private readonly shared: Shared

  constructor (builder: ModelBuilder, places: ConstructorParameters<typeof DenseModel>[1], spec: DenseSpec, shared: Shared) {
    super(builder, places, spec, (b, context, kind) => new MptLayer(b, context, kind, shared))
    this.shared = shared
  }

  /** build_mpt_alibi_tensor over all positions, and the additive mask as a boolean one. */
  override share (): readonly Storage[] {
    const { run, architecture: a } = this.context
    const { tape, batch, sequence, keys } = run
    tape.module = 'attention_mask'
    this.shared.alibi = tape.allocate(shape(dimension('nh', a.heads), dimension('positions', a.maxPositions ?? 2048)), 4, 'bias of distance', 'activations')
    this.shared.mask = tape.allocate(shape(batch, dimension('1', 1), sequence, keys), 1, 'causal mask', 'activations')
    return [this.shared.alibi, this.shared.mask]
  }
}

/** MPT: ALiBi, no biases, one layer for q, k and v; transformers has no SDPA for it. */
export const mptFamily: Family = {
  ...denseFamily(['mpt'], 'mpt/modeling_mpt.py', mpt),
  eagerOnly: true,
  build: (builder, places) => new MptModel(builder, places, mpt(builder.run.architecture), { alibi: null, mask: null })
}
