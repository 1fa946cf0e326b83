import type { Architecture } from '../../../../architecture/architecture.ts'
import type { LayerGroup } from '../../../../architecture/layerGroup.ts'
import type { ModelBuilder } from '../../builder.ts'
import { MixtureBlock } from '../../moe/block.ts'
import { SelfAttention } from '../dense/attention.ts'
import { DenseLayer, type Sublayer } from '../dense/block.ts'
import type { DenseContext } from '../dense/context.ts'
import { FeedForward } from '../dense/feedForward.ts'
import { DenseModel, type LayerMaker } from '../dense/model.ts'
import type { DecoderLayer, Family } from '../family.ts'
import { groupOf, groupsOf, hybridKinds } from './kinds.ts'
import type { HybridSpec, HybridSpecOf, LinearLayer } from './spec.ts'

export type { HybridSpec, MixerSpec, SublayerMaker } from './spec.ts'

/** A family of decoders with layers of several kinds from its specification. */
export function hybridFamily (modelTypes: readonly string[], source: string, specOf: HybridSpecOf): Family {
  return {
    modelTypes,
    source: `transformers models/${source}`,
    linearLayers: (a) => linearLayers(a, specOf(a)),
    layerKinds: hybridKinds,
    build: (builder, places) => {
      const spec = specOf(builder.run.architecture)
      return new DenseModel(builder, places, spec, hybridLayer(spec))
    }
  }
}

const hybridLayer = (spec: HybridSpec): LayerMaker => (builder, context, kind, place) => {
  const group = groupOf(builder.run.architecture, place.kind)
  const mixer = spec.mixers[group.mixer]
  const tokens = mixer ? mixer.make(builder, context, kind, group) : new SelfAttention(builder, context, kind, true)
  const layer = new DenseLayer(builder, context, kind, tokens, feedForward(spec, builder, context, group))
  return group.mixer === 'attention' ? layer : withoutMask(layer, () => kind.mask)
}

function feedForward (spec: HybridSpec, builder: ModelBuilder, context: DenseContext, group: LayerGroup): Sublayer {
  if (group.ffn !== 'moe') return new FeedForward(builder, context, group.intermediateSize)
  const { moe } = builder.run.architecture
  const width = moe!.sharedExperts?.intermediateSize
  return new MixtureBlock(builder, {
    router: spec.experts!.router,
    experts: spec.experts!.experts ?? {},
    routerFirst: spec.experts!.routerFirst ?? true,
    shared: width ? (b) => new FeedForward(b, context, width) : null,
    gatesShared: moe!.sharedExperts?.gate ?? false,
    order: spec.experts!.sharedOrder ?? 'after',
    framed: spec.experts!.framed ?? false
  })
}

/** Only attention is given the causal mask; a mixer of another kind gets the batch's own mask of padding. */
function withoutMask (layer: DenseLayer, mask: () => unknown): DecoderLayer {
  return {
    forward: (scope, x) => layer.forward(scope, x),
    arguments: () => layer.arguments().filter((storage) => storage !== mask())
  }
}

function linearLayers (a: Architecture, spec: HybridSpec): ReadonlyMap<string, readonly [number, number]> {
  const groups = groupsOf(a)
  const mixers = [...new Set(groups.map((group) => group.mixer))]
  const hasExperts = groups.some((group) => group.ffn === 'moe')
  return new Map<string, readonly [number, number]>([
    ...mixers.flatMap((mixer) => spec.mixers[mixer]?.linearLayers ?? attentionLayers(a, spec)),
    ...(hasExperts && !spec.mlpTargets ? [] : mlpLayers(a, spec))
  ])
}

function attentionLayers ({ hiddenSize: h, heads, kvHeads, headDim }: Architecture, { attention }: HybridSpec): LinearLayer[] {
  const [query, key] = [heads * headDim, kvHeads * headDim]
  return [...attention.projections.map((name, i): LinearLayer => [name, [i === 0 ? query : key, h]]), [attention.out, [h, query]]]
}

function mlpLayers ({ hiddenSize: h, intermediateSize: f }: Architecture, { mlp }: HybridSpec): LinearLayer[] {
  return [...mlp.up.map((name): LinearLayer => [name, [mlp.layout === 'fused' ? 2 * f : f, h]]), [mlp.down, [h, f]]]
}
