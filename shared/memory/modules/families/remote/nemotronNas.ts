import type { Architecture } from '../../../../architecture/architecture.ts'
import { layersInOrder } from '../../../../architecture/layerSequence.ts'
import { Scope, type Storage, type Tensor } from '../../../tape/index.ts'
import type { ModelBuilder } from '../../builder.ts'
import { add } from '../../elementwise.ts'
import { SelfAttention } from '../dense/attention.ts'
import type { Sublayer } from '../dense/block.ts'
import { attention, gatedMlp, wholeHeads } from '../dense/common.ts'
import type { DenseContext, KindContext } from '../dense/context.ts'
import { FeedForward } from '../dense/feedForward.ts'
import { denseFamily, type DenseSpec } from '../dense/index.ts'
import { DenseModel } from '../dense/model.ts'
import { streamNorm, type Norm } from '../dense/norms.ts'
import type { DecoderLayer, Family } from '../family.ts'

const nas = (a: Architecture): DenseSpec => ({ norm: 'rms', order: 'pre', attention: attention(a, { rotary: wholeHeads }), mlp: gatedMlp(a), head: {} })

const WITHOUT_ATTENTION = ' without attention'
const kindOf = (hasAttention: boolean, width: number): string => `full ${width}${hasAttention ? '' : WITHOUT_ATTENTION}`

/** DeciLMDecoderLayer: Llama's block, in which a search has left out attention or narrowed the MLP. */
class NasLayer implements DecoderLayer {
  private readonly context: DenseContext
  private readonly kind: KindContext
  private readonly sublayers: readonly (readonly [Norm, Sublayer])[]

  constructor (builder: ModelBuilder, context: DenseContext, kind: KindContext, name: string) {
    const hasAttention = !name.endsWith(WITHOUT_ATTENTION)
    const width = Number(name.split(' ')[1])
    const { norm } = context.spec
    this.context = context
    this.kind = kind
    this.sublayers = [
      ...hasAttention ? [[streamNorm(builder, norm, 'input_layernorm'), new SelfAttention(builder, context, kind, true)] as const] : [],
      [streamNorm(builder, norm, 'post_attention_layernorm'), new FeedForward(builder, context, width)]
    ]
  }

  arguments (): readonly Storage[] {
    const { mask, rotary } = this.kind
    return [this.context.positions, mask, rotary?.cos.storage, rotary?.sin.storage].filter((s) => s !== null && s !== undefined)
  }

  forward (caller: Scope, x: Tensor): Tensor {
    const scope = new Scope(caller.tape)
    let stream = x
    for (const [norm, sublayer] of this.sublayers) {
      const normed = norm.apply(scope, stream)
      const output = sublayer.forward(scope, normed)
      scope.drop(normed)
      scope.tape.module = 'residual'
      const sum = add(scope, stream, output, 'block output')
      scope.drop(output)
      stream = sum
    }
    return scope.return(stream, caller)
  }
}

/** Llama-Nemotron Super: layers without attention, MLPs of many widths. */
export const nemotronNasFamily: Family = {
  ...denseFamily(['nemotron-nas'], 'llama/modeling_llama.py', nas),
  approximates: { block: 'Llama', norm: 'RMSNorm', share: 0.05 },
  linearLayers: (a) => {
    const width = Math.max(...(a.layerGroups ?? []).map((group) => group.intermediateSize ?? 0), a.intermediateSize)
    return denseFamily([], '', nas).linearLayers({ ...a, intermediateSize: width })
  },
  layerKinds: (a) => layersInOrder(a).map(({ mixer, intermediateSize }) => kindOf(mixer === 'attention', intermediateSize ?? a.intermediateSize)),
  build: (builder, places) => new DenseModel(builder, places, nas(builder.run.architecture), (b, context, kind, place) => new NasLayer(b, context, kind, place.kind))
}
