import type { Architecture } from '../../../../architecture/architecture.ts'
import { MixtureBlock } from '../../moe/block.ts'
import { windowKinds } from '../../window.ts'
import { SelfAttention } from '../dense/attention.ts'
import { DenseLayer, type Sublayer } from '../dense/block.ts'
import { FeedForward } from '../dense/feedForward.ts'
import { DenseModel, WITHOUT_ROTARY, type LayerMaker } from '../dense/model.ts'
import type { Family } from '../family.ts'
import { LatentSelfAttention } from './latentAttention.ts'
import { linearLayers } from './linearLayers.ts'
import { SinkSelfAttention } from './sinkSelfAttention.ts'
import type { MixtureSpec, MixtureSpecOf } from './spec.ts'

export type { MixtureSpec } from './spec.ts'

/** In the kind of a layer with experts; a layer without keeps the kind of its attention. */
const WITH_EXPERTS = ' experts'

/** A family of decoders with experts from its specification. */
export function mixtureFamily (modelTypes: readonly string[], source: string, specOf: MixtureSpecOf): Family {
  return {
    modelTypes,
    source: `transformers models/${source}`,
    linearLayers: (a) => linearLayers(a, specOf(a)),
    layerKinds: (a) => {
      const { turns } = specOf(a)
      return windowKinds(a).map((kind, i) => `${kind}${hasExperts(a, i) ? WITH_EXPERTS : ''}${turns && !turns(i) ? WITHOUT_ROTARY : ''}`)
    },
    build: (builder, places) => {
      const spec = specOf(builder.run.architecture)
      return new DenseModel(builder, places, spec, mixtureLayer(spec))
    }
  }
}

/** Layers counted from 0: past the dense first ones, every nth of the whole stack, unless named as dense. */
export function hasExperts ({ moe }: Architecture, layer: number): boolean {
  return moe !== undefined && layer >= moe.denseFirst && (layer + 1) % moe.everyNth === 0 && !(moe.denseLayers ?? []).includes(layer)
}

const mixtureLayer = (spec: MixtureSpec): LayerMaker => (builder, context, kind, place) => {
  const attention = makeAttention(spec, builder, context, kind, place)
  if (!place.kind.includes(WITH_EXPERTS)) return new DenseLayer(builder, context, kind, attention, new FeedForward(builder, context))
  const width = builder.run.architecture.moe!.sharedExperts?.intermediateSize
  const block = new MixtureBlock(builder, {
    router: spec.router,
    experts: spec.experts ?? {},
    routerFirst: spec.routerFirst ?? true,
    shared: width ? (b) => new FeedForward(b, context, width) : null,
    gatesShared: builder.run.architecture.moe!.sharedExperts?.gate ?? false,
    order: spec.sharedOrder ?? 'after'
  })
  return new DenseLayer(builder, context, kind, attention, attention instanceof SinkSelfAttention ? rebinding(attention, block) : block)
}

function makeAttention (spec: MixtureSpec, ...[builder, context, kind, place]: Parameters<LayerMaker>): Sublayer {
  const { mla } = builder.run.architecture
  if (mla && spec.latent) return new LatentSelfAttention(builder, context, kind, mla, spec.latent)
  if (spec.sinks) return new SinkSelfAttention(builder, context, kind)
  return new SelfAttention(builder, context, kind, !place.kind.endsWith(WITHOUT_ROTARY))
}

const rebinding = (attention: SinkSelfAttention, block: Sublayer): Sublayer => ({
  forward (layer, x) {
    const result = block.forward(layer, x)
    attention.rebind(layer)
    return result
  }
})
