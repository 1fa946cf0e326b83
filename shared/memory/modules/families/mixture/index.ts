import type { Architecture } from '../../../../architecture/architecture.ts'
import type { LatentAttention } from '../../../../architecture/attention.ts'
import { layersInOrder } from '../../../../architecture/layerSequence.ts'
import { MixtureBlock } from '../../moe/block.ts'
import { DenseExperts } from '../../moe/denseExperts.ts'
import { windowKinds } from '../../window.ts'
import { SelfAttention } from '../dense/attention.ts'
import { DenseLayer, type Sublayer } from '../dense/block.ts'
import { FeedForward } from '../dense/feedForward.ts'
import { DenseModel, WITHOUT_ROTARY, type LayerMaker } from '../dense/model.ts'
import type { Family } from '../family.ts'
import { BlockSparseAttention } from './blockSparseAttention.ts'
import { GatedSelfAttention } from './gatedAttention.ts'
import { LatentSelfAttention } from './latentAttention.ts'
import { Llama4Attention } from './llama4Attention.ts'
import { MimoAttention } from './mimoAttention.ts'
import { linearLayers } from './linearLayers.ts'
import { SinkSelfAttention } from './sinkSelfAttention.ts'
import { stackTargets } from '../../moe/peftNames.ts'
import type { MixtureSpec, MixtureSpecOf } from './spec.ts'

export type { MixtureSpec } from './spec.ts'

/** Ends the kind of a layer that takes over the tokens chosen by the layer before (GLM-5.2). */
const WITHOUT_INDEXER = ' without indexer'

/** In the kind of a layer with experts; a layer without keeps the kind of its attention. */
const WITH_EXPERTS = ' experts'

/** A family of decoders with experts from its specification. */
export function mixtureFamily (modelTypes: readonly string[], source: string, specOf: MixtureSpecOf): Family {
  return {
    modelTypes,
    source: `transformers models/${source}`,
    linearLayers: (a, experts) => linearLayers(a, specOf(a), experts === 'modules'),
    stackTargets: (a) => specOf(a).llama4 ? [] : stackTargets(a),
    layerKinds: (a) => {
      const { turns, indexer } = specOf(a)
      const groups = a.layerGroups && indexer ? layersInOrder(a) : []
      return windowKinds(a).map((kind, i) => {
        const shares = groups[i] !== undefined && !(groups[i].mla ?? a.mla)?.indexer
        return `${kind}${hasExperts(a, i) ? WITH_EXPERTS : ''}${turns && !turns(i) ? WITHOUT_ROTARY : ''}${shares ? WITHOUT_INDEXER : ''}`
      })
    },
    build: (builder, places) => {
      const spec = specOf(builder.run.architecture)
      return new DenseModel(builder, places, spec, mixtureLayer(spec))
    }
  }
}

/** Layers counted from 0: past the dense first ones, every nth of the whole stack, unless named as dense. */
export function hasExperts (a: Architecture, layer: number): boolean {
  const { moe } = a
  if (a.layerGroups) return layersInOrder(a)[layer]?.ffn === 'moe'
  return moe !== undefined && layer >= moe.denseFirst && (layer + 1) % moe.everyNth === 0 && !(moe.denseLayers ?? []).includes(layer)
}

const mixtureLayer = (spec: MixtureSpec): LayerMaker => (builder, context, kind, place) => {
  const attention = makeAttention(spec, builder, context, kind, place)
  if (!place.kind.includes(WITH_EXPERTS)) return new DenseLayer(builder, context, kind, attention, new FeedForward(builder, context))
  if (spec.llama4) {
    const experts = new DenseExperts(builder, (b) => new FeedForward(b, context, builder.run.architecture.moe!.intermediateSize))
    return new DenseLayer(builder, context, kind, attention, experts)
  }
  const width = builder.run.architecture.moe!.sharedExperts?.intermediateSize
  const block = new MixtureBlock(builder, {
    router: spec.router,
    experts: spec.experts ?? {},
    routerFirst: spec.routerFirst ?? true,
    shared: width ? (b) => new FeedForward(b, context, width) : null,
    gatesShared: builder.run.architecture.moe!.sharedExperts?.gate ?? false,
    order: spec.sharedOrder ?? 'after',
    ...spec.combine
  })
  return new DenseLayer(builder, context, kind, attention, attention instanceof SinkSelfAttention ? rebinding(attention, block) : block)
}

function makeAttention (spec: MixtureSpec, ...[builder, context, kind, place]: Parameters<LayerMaker>): Sublayer {
  const mla = latentOf(builder.run.architecture)
  if (mla && spec.latent) return new LatentSelfAttention(builder, context, kind, mla, spec, !place.kind.endsWith(WITHOUT_INDEXER))
  if (spec.llama4) return new Llama4Attention(builder, context, kind, spec.llama4, !place.kind.endsWith(WITHOUT_ROTARY))
  if (spec.blockIndexer && place.kind.includes(WITH_EXPERTS)) return new BlockSparseAttention(builder, context, kind, spec.blockIndexer)
  if (spec.mimo) return new MimoAttention(builder, context, kind)
  if (spec.outputGate) return new GatedSelfAttention(builder, context, kind, spec.outputGate, !place.kind.endsWith(WITHOUT_ROTARY))
  if (spec.sinks) return new SinkSelfAttention(builder, context, kind)
  return new SelfAttention(builder, context, kind, !place.kind.endsWith(WITHOUT_ROTARY))
}

/** The stack's latent attention, with the indexer that only some groups may have. */
function latentOf ({ mla, layerGroups }: Architecture): LatentAttention | undefined {
  return layerGroups?.find((group) => group.mla?.indexer)?.mla ?? mla
}

const rebinding = (attention: SinkSelfAttention, block: Sublayer): Sublayer => ({
  forward (layer, x) {
    const result = block.forward(layer, x)
    attention.rebind(layer)
    return result
  }
})
