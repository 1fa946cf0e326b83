import type { Architecture } from '../../../../architecture/architecture.ts'
import type { LayerGroup, Mixer } from '../../../../architecture/layerGroup.ts'
import type { ModelBuilder } from '../../builder.ts'
import type { Sublayer } from '../dense/block.ts'
import type { DenseContext, KindContext } from '../dense/context.ts'
import type { MixtureSpec } from '../mixture/index.ts'
import type { DenseSpec } from '../dense/index.ts'

/** Makes what mixes tokens, or the MLP, of one layer; `group`: the sizes that its layers have of their own. */
export type SublayerMaker = (builder: ModelBuilder, context: DenseContext, kind: KindContext, group: LayerGroup) => Sublayer

/** [name, [out, in]] of an nn.Linear that an adapter may target. */
export type LinearLayer = readonly [string, readonly [number, number]]

/** One kind of token mixer: how it is made and its linear layers. */
export interface MixerSpec {
  readonly make: SublayerMaker
  readonly linearLayers: readonly LinearLayer[]
}

/** A decoder whose layers mix tokens in different ways. */
export interface HybridSpec extends DenseSpec {
  /** By the mixer of the layer's group; attention without an entry is the dense decoder's. */
  readonly mixers: Partial<Readonly<Record<Mixer, MixerSpec>>>
  /** What replaces the MLP in layers with experts; absent: no layer has any. */
  readonly experts?: Pick<MixtureSpec, 'router' | 'experts' | 'routerFirst' | 'sharedOrder'> & { readonly framed?: boolean }
  /** Whether PEFT's “all-linear” finds the dense MLPs by their own names although other layers have experts. */
  readonly mlpTargets?: boolean
}

export type HybridSpecOf = (a: Architecture) => HybridSpec
