import type { Architecture } from '../../../architecture/architecture.ts'
import { dimension, Scope, shape, type Storage, type Tensor } from '../../tape/index.ts'
import { embeddingSize } from '../attend.ts'
import type { ModelBuilder } from '../builder.ts'
import { add, dropout, passThrough } from '../elementwise.ts'
import { attendInFp32 } from '../fp32Attention.ts'
import type { Projection } from '../projection.ts'
import { attention, plainMlp } from './dense/common.ts'
import type { DenseContext, KindContext } from './dense/context.ts'
import { FeedForward } from './dense/feedForward.ts'
import { denseFamily, type DenseSpec } from './dense/index.ts'
import { DenseModel } from './dense/model.ts'
import { streamNorm, type Norm } from './dense/norms.ts'
import { HeadProjections } from './dense/projections.ts'
import type { DecoderLayer, Family } from './family.ts'

const gptNeo = (a: Architecture): DenseSpec => ({
  norm: 'layer-norm',
  order: 'pre',
  attention: { ...attention(a, { out: 'out_proj', dropout: a.dropout?.attention ?? 0 }), qkvBias: false, outBias: true },
  mlp: plainMlp(a, 'c_fc', 'c_proj', 'gelu-python'),
  positions: { rows: a.learnedPositionEmbeddings ?? a.maxPositions ?? 2048, perSequence: false },
  ...(a.dropout ? { dropout: a.dropout } : {}),
  head: {}
})

/** GPTNeoBlock: q and k in fp32, a boolean mask of all positions as a buffer of every layer. */
class GptNeoLayer implements DecoderLayer {
  second: Tensor | null = null
  private readonly context: DenseContext
  private readonly kind: KindContext
  private readonly norms: readonly [Norm, Norm]
  private readonly heads: HeadProjections
  private readonly out: Projection
  private readonly mlp: FeedForward
  private readonly window: Storage

  constructor (builder: ModelBuilder, context: DenseContext, kind: KindContext) {
    const { run, architecture: a, spec } = context
    const positions = dimension('positions', a.maxPositions ?? 2048)
    this.context = context
    this.kind = kind
    const first = streamNorm(builder, spec.norm, 'ln_1')
    this.heads = new HeadProjections(builder, kind, spec)
    this.out = builder.linear('out_proj', run.hiddenSize, run.hiddenSize, run.hidden, true)
    this.window = builder.buffer('attn', shape(positions, positions), 1, 'causal mask')
    this.norms = [first, streamNorm(builder, spec.norm, 'ln_2')]
    this.mlp = new FeedForward(builder, context)
  }

  arguments (): readonly Storage[] {
    return this.kind.mask ? [this.kind.mask] : []
  }

  forward (caller: Scope, x: Tensor): Tensor {
    const scope = new Scope(caller.tape)
    const normed = this.norms[0].apply(scope, x)
    const attended = this.attend(scope, normed)
    scope.tape.module = 'residual'
    const middle = add(scope, attended, x, 'after attention')
    scope.drop(normed)
    const input = this.norms[1].apply(scope, middle)
    const transformed = this.thinned(scope, this.mlp.forward(scope, input))
    scope.tape.module = 'residual'
    const result = add(scope, middle, transformed, 'block output')
    this.second = scope.hand(this.second!, caller)
    return scope.return(result, caller)
  }

  private attend (caller: Scope, x: Tensor): Tensor {
    const { run } = this.context
    const scope = new Scope(run.tape)
    const { query, key: own, value: ownValue } = this.heads.apply(scope, x)
    const [key, value] = run.prefix?.extend(scope, own, ownValue, run.tape.layer) ?? [own, ownValue]
    run.tape.module = 'attention'
    const { mixed, probabilities } = attendInFp32(scope, query, key, value, this.kind.geometry, { scaled: false, window: this.window, maskSize: embeddingSize(run.plan) })
    this.second = scope.hand(probabilities, caller)
    const merged = passThrough(scope, mixed, 'output')
    scope.drop(mixed)
    const result = this.out.apply(scope, merged)
    scope.drop(merged)
    return scope.return(this.thinned(scope, result), caller)
  }

  private thinned (scope: Scope, x: Tensor): Tensor {
    if (!this.context.spec.dropout?.residual) return x
    scope.tape.module = 'dropout'
    const result = dropout(scope, x)
    scope.drop(x)
    return result
  }
}

/** GPT-Neo: learned positions, attention in fp32 without a scale; transformers has no SDPA for it. */
export const gptNeoFamily: Family = {
  ...denseFamily(['gpt_neo'], 'gpt_neo/modeling_gpt_neo.py', gptNeo),
  eagerOnly: true,
  layerKinds: (a) => Array.from({ length: a.layers }, () => 'full'),
  build: (builder, places) => new DenseModel(builder, places, gptNeo(builder.run.architecture), (b, context, kind) => new GptNeoLayer(b, context, kind))
}
