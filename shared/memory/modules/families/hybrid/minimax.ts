import type { Architecture } from '../../../../architecture/architecture.ts'
import type { LightningAttention as Sizes } from '../../../../architecture/linearMixer.ts'
import { Scope, type Storage, type Tensor } from '../../../tape/index.ts'
import type { ModelBuilder } from '../../builder.ts'
import { add, scale } from '../../elementwise.ts'
import { LightningAttention } from './lightningAttention.ts'
import { forget, rebind } from '../../mixers/scanOperations.ts'
import { MixtureBlock } from '../../moe/block.ts'
import { softmaxRouter } from '../../moe/softmaxRouters.ts'
import { SelfAttention } from '../dense/attention.ts'
import { attention, gatedMlp, wholeHeads } from '../dense/common.ts'
import type { DenseContext, KindContext } from '../dense/context.ts'
import { DenseModel } from '../dense/model.ts'
import { streamNorm, type Norm } from '../dense/norms.ts'
import type { DenseSpec } from '../dense/spec.ts'
import type { DecoderLayer, Family } from '../family.ts'
import { groupOf, hybridKinds } from './kinds.ts'

/** transformers MiniMaxDecoderLayer: what is added to a sublayer is its own normed input, both multiplied by numbers. */
class MiniMaxLayer implements DecoderLayer {
  private readonly context: DenseContext
  private readonly kind: KindContext
  private readonly attention: SelfAttention | null
  private readonly lightning: LightningAttention | null
  private readonly norms: readonly [Norm, Norm]
  private readonly mlp: MixtureBlock

  constructor (builder: ModelBuilder, context: DenseContext, kind: KindContext, sizes: Sizes | null) {
    this.context = context
    this.kind = kind
    this.lightning = sizes && new LightningAttention(builder, sizes)
    this.attention = sizes ? null : new SelfAttention(builder, context, kind, true)
    this.norms = [streamNorm(builder, 'rms', 'input_layernorm'), streamNorm(builder, 'rms', 'post_attention_layernorm')]
    const router = softmaxRouter({ normalizes: true, castsBack: false })
    this.mlp = new MixtureBlock(builder, { router, experts: {}, routerFirst: true, shared: null, gatesShared: false, order: 'after' })
  }

  arguments (): readonly Storage[] {
    const { mask, rotary } = this.kind
    const given = [this.context.positions, this.attention ? mask : null, rotary?.cos.storage, rotary?.sin.storage]
    return given.filter((storage) => storage !== null && storage !== undefined)
  }

  forward (caller: Scope, x: Tensor): Tensor {
    const scope = new Scope(caller.tape)
    const normed = this.norms[0].apply(scope, x)
    const linear = this.lightning?.forward(scope, normed)
    const mixed = linear?.mixed ?? this.attention!.forward(scope, normed)
    const sum = this.joined(scope, normed, mixed, 'after attention')
    scope.drop(mixed)
    const residual = rebind(scope, sum, this.norms[1].apply(scope, sum))
    scope.drop(normed)
    const result = this.joined(scope, residual, this.mlp.forward(scope, residual), 'block output')
    // The last state lived in an unused name.
    if (linear) forget(scope, [linear.state], linear.inputs)
    return scope.return(result, caller)
  }

  private joined (scope: Scope, residual: Tensor, sublayer: Tensor, role: string): Tensor {
    scope.tape.module = 'residual'
    const [kept, added] = [scale(scope, residual, 'residual · α'), scale(scope, sublayer, 'sublayer · β')]
    const sum = add(scope, kept, added, role)
    scope.drop(kept, added)
    return sum
  }
}

const spec = (a: Architecture): DenseSpec => ({ norm: 'rms', order: 'pre', attention: attention(a, { rotary: wholeHeads }), mlp: gatedMlp(a), head: {} })

/** MiniMax-Text-01: seven layers of lightning attention to one of softmax attention, experts everywhere. */
export const minimaxFamily: Family = {
  modelTypes: ['minimax'],
  source: 'transformers models/minimax/modeling_minimax.py',
  linearLayers: ({ hiddenSize: h, heads, kvHeads, headDim, linear }) => {
    const width = linear?.type === 'lightning' ? linear.heads * linear.headDim : 0
    const [query, key] = [heads * headDim, kvHeads * headDim]
    return new Map<string, readonly [number, number]>([
      ['qkv_proj', [3 * width, h]], ['out_proj', [h, width]], ['output_gate', [width, h]], ['q_proj', [query, h]], ['k_proj', [key, h]], ['v_proj', [key, h]], ['o_proj', [h, query]]
    ])
  },
  layerKinds: hybridKinds,
  build: (builder, places) => {
    const { architecture } = builder.run
    return new DenseModel(builder, places, spec(architecture), (b, context, kind, place) =>
      new MiniMaxLayer(b, context, kind, groupOf(architecture, place.kind).mixer === 'lightning' ? architecture.linear as Sizes : null))
  }
}
