import type { Architecture } from '../../../../architecture/architecture.ts'
import { layersInOrder } from '../../../../architecture/layerSequence.ts'
import type { LayerPlace } from '../../../stack.ts'
import { dimension, edgeOf, GradNode, Scope, shape, type Storage, type Tensor } from '../../../tape/index.ts'
import type { ModelBuilder } from '../../builder.ts'
import { rotaryBuffers, rotaryTables } from '../../decoder.ts'
import { gradient, needsGrad, output } from '../../elementwise.ts'
import { MixtureBlock } from '../../moe/block.ts'
import { clampedSiluGate } from '../../moe/gates.ts'
import type { DenseContext, KindContext } from '../dense/context.ts'
import { DenseModel } from '../dense/model.ts'
import { streamNorm, type Norm } from '../dense/norms.ts'
import type { DenseSpec } from '../dense/spec.ts'
import type { DecoderLayer, Family } from '../family.ts'
import { llamaWithExperts } from '../qwenMoe.ts'
import { CompressedSelfAttention } from './attention.ts'
import { ClampedFeedForward } from './feedForward.ts'
import { HyperConnection, type Mixing } from './hyperConnection.ts'
import { sqrtSoftplusRouter } from './router.ts'

/** A block between hyper-connections: the stream is `hyperConnections` hidden states side by side. */
class DeepseekV4Layer implements DecoderLayer {
  private readonly attention: CompressedSelfAttention
  private readonly mixture: MixtureBlock
  private readonly norms: readonly [Norm, Norm]
  private readonly connections: readonly [HyperConnection, HyperConnection]

  constructor (builder: ModelBuilder, context: DenseContext, kind: KindContext, place: LayerPlace) {
    const { run } = builder
    const { compressedAttention, moe, hyperConnections } = run.architecture
    this.attention = new CompressedSelfAttention(builder, context, kind, compressedAttention!, Number(/ratio (\d+)/.exec(place.kind)?.[1] ?? 0))
    const width = moe!.sharedExperts?.intermediateSize
    this.mixture = new MixtureBlock(builder, {
      router: sqrtSoftplusRouter(place.kind.includes(HASHED)),
      experts: { gate: clampedSiluGate },
      routerFirst: true,
      shared: width ? (b) => new ClampedFeedForward(b, width) : null,
      gatesShared: false,
      order: 'after'
    })
    this.norms = [streamNorm(builder, 'rms', 'input_layernorm'), streamNorm(builder, 'rms', 'post_attention_layernorm')]
    this.connections = [new HyperConnection(builder, hyperConnections!), new HyperConnection(builder, hyperConnections!)]
  }

  forward (caller: Scope, x: Tensor): Tensor {
    const scope = new Scope(caller.tape)
    const before = this.connections[0].mix(scope, x)
    const attended = this.sublayer(scope, 0, before)
    const streams = this.connections[0].expand(scope, before, attended, x)
    const between = this.connections[1].mix(scope, streams)
    scope.drop(before.collapsed, before.post, before.comb)
    const transformed = this.sublayer(scope, 1, between)
    return scope.return(this.connections[1].expand(scope, between, transformed, streams), caller)
  }

  private sublayer (scope: Scope, i: 0 | 1, { collapsed }: Mixing): Tensor {
    const normed = this.norms[i].apply(scope, collapsed)
    const out = i === 0 ? this.attention.forward(scope, normed) : this.mixture.forward(scope, normed)
    scope.drop(normed)
    return out
  }
}

class DeepseekV4Model extends DenseModel {
  private readonly collapse: HyperConnection
  private readonly builder: ModelBuilder

  constructor (builder: ModelBuilder, places: readonly LayerPlace[], spec: DenseSpec) {
    super(builder, places, spec, (b, context, kind, place) => new DeepseekV4Layer(b, context, kind, place))
    this.builder = builder
    rotaryBuffers(builder, 2)
    this.collapse = new HyperConnection(builder, builder.run.architecture.hyperConnections!, true)
  }

  /** Tables of both bases: of layers with compressed keys and of those without. */
  override share (x: Tensor): readonly Storage[] {
    const { run } = this.builder
    const { cos, sin } = rotaryTables(run, turnedWidth(run.architecture) / 2, x.elementSize)
    return [...super.share(x), cos.storage, sin.storage]
  }

  /** The embedding copied for every stream. */
  override enter (caller: Scope, x: Tensor): ReturnType<DenseModel['enter']> {
    const { run } = this.builder
    const streams = shape(run.batch, run.sequence, dimension('n', run.architecture.hyperConnections!), run.hiddenSize)
    const { tape } = run
    const node = needsGrad(tape, x) ? new GradNode(tape, [edgeOf(x)], [], () => [gradient(tape, x.shape, x.elementSize)]) : null
    const copied = output(caller, streams, x.elementSize, 'streams', node)
    return { hidden: copied, kept: [run.tape.retain(x.storage)], renamed: true }
  }

  override finalNorm (scope: Scope, x: Tensor): Tensor {
    const collapsed = this.collapse.collapse(scope, x)
    const result = super.finalNorm(scope, collapsed)
    scope.drop(collapsed)
    return result
  }
}

/** Elements of a head that turn: an eighth unless the config says otherwise; the tables have one value per pair of them. */
const turnedWidth = (a: Architecture): number => Math.round(a.headDim * (a.rotaryFraction ?? 1 / 8))

const spec = (a: Architecture): DenseSpec => llamaWithExperts(a, { rotary: { fraction: 1, width: turnedWidth(a) / 2, joins: true, type: 'activations' } })

/** In the kind of a layer whose experts a token's id decides. */
const HASHED = ' hashed'

/** DeepSeek V4: hyper-connections, keys compressed along the sequence, eager attention with sinks. */
export const deepseekV4Family: Family = {
  modelTypes: ['deepseek_v4'],
  source: 'transformers models/deepseek_v4/modeling_deepseek_v4.py',
  eagerOnly: true,
  layerKinds: (a) => layersInOrder(a).map(({ compressRatio = 0, moe }) => `full ratio ${compressRatio}${(moe ?? a.moe)!.routerBias ? '' : HASHED}`),
  linearLayers: (a) => {
    const { hiddenSize: h, heads, headDim, compressedAttention: c, moe } = a
    const shared = moe?.sharedExperts?.intermediateSize ?? 0
    return new Map<string, readonly [number, number]>([
      ['q_a_proj', [c!.qLoraRank, h]], ['q_b_proj', [heads * headDim, c!.qLoraRank]], ['kv_proj', [2 * headDim, h]], ['o_b_proj', [h, c!.outputGroups * c!.outputLoraRank]],
      ['gate_proj', [Math.max(shared, 2 * headDim), h]], ['up_proj', [shared, h]], ['down_proj', [h, shared]], ['weights_proj', [c!.indexHeads, h]]
    ])
  },
  build: (builder, places) => new DeepseekV4Model(builder, places, spec(builder.run.architecture))
}
