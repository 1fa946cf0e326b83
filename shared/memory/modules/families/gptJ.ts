import type { Architecture } from '../../../architecture/architecture.ts'
import { dimension, Scope, shape, type Shape, type Tensor } from '../../tape/index.ts'
import { embeddingSize } from '../attend.ts'
import type { ModelBuilder } from '../builder.ts'
import { add, cast, multiply, output, passThrough } from '../elementwise.ts'
import { attendInFp32 } from '../fp32Attention.ts'
import type { Projection } from '../projection.ts'
import { rotateHalf } from '../rotary.ts'
import { concatenate, slice } from '../views.ts'
import { attention, plainMlp } from './dense/common.ts'
import type { DenseContext, KindContext } from './dense/context.ts'
import { DenseLayer, type Sublayer } from './dense/block.ts'
import { FeedForward } from './dense/feedForward.ts'
import { denseFamily, type DenseSpec } from './dense/index.ts'
import { DenseModel } from './dense/model.ts'
import { HeadProjections } from './dense/projections.ts'
import type { Family } from './family.ts'

const gptJ = (a: Architecture): DenseSpec => ({
  norm: 'layer-norm',
  order: 'parallel-attention-first',
  attention: { ...attention(a, { out: 'out_proj', dropout: a.dropout?.attention ?? 0 }), qkvBias: false, outBias: false },
  mlp: plainMlp(a, 'fc_in', 'fc_out', 'gelu-python'),
  ...(a.dropout ? { dropout: a.dropout } : {}),
  head: { bias: a.lmHeadBias ?? true }
})

/** GPTJAttention.forward: every layer has a table of sines and cosines, and gathers its own rows from it on every call. */
class GptJAttention implements Sublayer {
  probabilities: Tensor | null = null
  private readonly context: DenseContext
  private readonly kind: KindContext
  private readonly heads: HeadProjections
  private readonly out: Projection
  private readonly width: number
  private readonly table: Shape

  constructor (builder: ModelBuilder, context: DenseContext, kind: KindContext) {
    const { run, architecture: a, spec } = context
    this.context = context
    this.kind = kind
    this.heads = new HeadProjections(builder, kind, spec)
    this.out = builder.linear('out_proj', run.hiddenSize, run.hiddenSize, run.hidden, false)
    this.width = Math.round((a.rotaryFraction ?? 0.25) * a.headDim)
    this.table = shape(dimension('positions', a.maxPositions ?? 2048), dimension('d', this.width))
    builder.buffer('attn', this.table, 4, 'sines and cosines')
  }

  forward (caller: Scope, x: Tensor): Tensor {
    const { run } = this.context
    const { geometry } = this.kind
    const scope = new Scope(run.tape)
    const { query, key, value: own } = this.heads.apply(scope, x)
    run.tape.module = 'rotary'
    const rows = shape(run.sequence, dimension('d', this.width))
    output(scope, this.table, 4, 'sines and cosines, repeated')
    output(scope, rows, 8, 'repeated position_ids')
    const gathered = output(scope, rows, 4, 'sines and cosines of the positions')
    if (cast(scope, gathered, key.elementSize) !== gathered) scope.drop(gathered)
    const part = (t: Tensor, size: number): Tensor => slice(scope, t, shape(...t.shape.dimensions.slice(0, -1), dimension('d', size)))
    const rest = geometry.headDim.size - this.width
    const [kTurning, kPassing, qTurning, qPassing] = [part(key, this.width), part(key, rest), part(query, this.width), part(query, rest)]
    const kTurned = this.turn(scope, kTurning, rows)
    scope.drop(kTurning)
    const qTurned = this.turn(scope, qTurning, rows)
    scope.drop(qTurning)
    const turned = concatenate(scope, [kTurned, kPassing], key.shape, 'key')
    const q = concatenate(scope, [qTurned, qPassing], query.shape, 'query')
    scope.drop(key, query)
    const [k, value] = run.prefix?.extend(scope, turned, own, run.tape.layer) ?? [turned, own]
    run.tape.module = 'attention'
    const { mixed, probabilities } = attendInFp32(scope, q, k, value, geometry, { scaled: true, window: null, maskSize: embeddingSize(run.plan) })
    this.probabilities = scope.hand(probabilities, caller)
    const merged = passThrough(scope, mixed, 'output')
    scope.drop(mixed)
    return scope.return(this.out.apply(scope, merged), caller)
  }

  /** apply_rotary_pos_emb, which repeats each element of both tables. */
  private turn (caller: Scope, x: Tensor, rows: Shape): Tensor {
    const scope = new Scope(caller.tape)
    const [sin, cos] = ['sin, repeated', 'cos, repeated'].map((role) => output(scope, rows, x.elementSize, role))
    const direct = multiply(scope, x, cos!, 'times cos')
    const rotated = rotateHalf(scope, x)
    const crossed = multiply(scope, rotated, sin!, 'times sin')
    scope.drop(rotated)
    return scope.return(add(scope, direct, crossed, 'turned'), caller)
  }
}

/** GPT-J: attention and MLP of one LayerNorm, q and k in fp32; transformers has no SDPA for it. */
export const gptJFamily: Family = {
  ...denseFamily(['gptj'], 'gptj/modeling_gptj.py', gptJ),
  eagerOnly: true,
  build: (builder, places) => new DenseModel(builder, places, gptJ(builder.run.architecture), (b, context, kind) =>
    new DenseLayer(b, context, kind, new GptJAttention(b, context, kind), new FeedForward(b, context)))
}
