import type { Architecture } from '../../../../architecture/architecture.ts'
import type { LayerGroup } from '../../../../architecture/layerGroup.ts'
import type { Mamba2 } from '../../../../architecture/linearMixer.ts'
import type { ModelBuilder } from '../../builder.ts'
import { Mamba2Layer } from '../../mixers/mamba2.ts'
import { SelfAttention } from '../dense/attention.ts'
import type { Sublayer } from '../dense/block.ts'
import { attention, plainMlp } from '../dense/common.ts'
import type { DenseContext, KindContext } from '../dense/context.ts'
import { FeedForward } from '../dense/feedForward.ts'
import { DenseModel, type LayerMaker } from '../dense/model.ts'
import { streamNorm } from '../dense/norms.ts'
import type { DenseSpec } from '../dense/spec.ts'
import type { Family } from '../family.ts'
import { groupOf, groupsOf, hybridKinds } from '../hybrid/kinds.ts'
import { mamba2Projection } from '../hybrid/mambaMixers.ts'
import { SingleLayer } from './layer.ts'
import { NemotronMoe } from './nemotronMoe.ts'

/** Of the published models, where the catalog does not say. */
const USUAL_CHUNK = 128

const spec = (a: Architecture): DenseSpec => ({
  norm: 'wide-rms',
  order: 'pre',
  attention: attention(a, { rotary: null }),
  mlp: plainMlp(a, 'up_proj', 'down_proj', 'relu2'),
  head: { widensLogits: true }
})

function makePart (group: LayerGroup, builder: ModelBuilder, context: DenseContext, kind: KindContext): Sublayer {
  if (group.mixer === 'mamba2') return new Mamba2Layer(builder, { chunk: USUAL_CHUNK, ...context.architecture.linear as Mamba2 }, { gate: 'gate-first', normsGroups: true })
  if (group.mixer === 'attention') return new SelfAttention(builder, context, kind, false)
  return group.ffn === 'moe' ? new NemotronMoe(builder, context) : new FeedForward(builder, context, group.intermediateSize)
}

/** NemotronHBlock: a norm and one part. Only attention is given the causal mask. */
const makeLayer: LayerMaker = (builder, context, kind, { kind: name }) => {
  const group = groupOf(context.architecture, name)
  const norm = streamNorm(builder, 'wide-rms', 'norm')
  return new SingleLayer(norm, makePart(group, builder, context, kind), false, () =>
    [context.positions, group.mixer === 'attention' ? kind.mask : null].filter((storage) => storage !== null))
}

/** The linear layers of the blocks. PEFT refuses out_proj; up_proj and down_proj are those of the shared experts where there are any. */
function linearLayers (a: Architecture): ReadonlyMap<string, readonly [number, number]> {
  const { hiddenSize: h, moe } = a
  const groups = groupsOf(a)
  const has = (test: (group: LayerGroup) => boolean): boolean => groups.some(test)
  const [query, key] = [a.heads * a.headDim, a.kvHeads * a.headDim]
  const width = moe?.sharedExperts?.intermediateSize ?? a.intermediateSize
  const latent = moe?.expertHiddenSize
  return new Map<string, readonly [number, number]>([
    ...(has(({ mixer }) => mixer === 'mamba2') ? [mamba2Projection(a)] : []),
    ...(has(({ mixer }) => mixer === 'attention')
      ? [['q_proj', [query, h]] as const, ['k_proj', [key, h]] as const, ['v_proj', [key, h]] as const, ['o_proj', [h, query]] as const]
      : []),
    ...(has(({ ffn }) => ffn !== 'none') ? [['up_proj', [width, h]] as const, ['down_proj', [h, width]] as const] : []),
    ...(latent ? [['fc1_latent_proj', [latent, h]] as const, ['fc2_latent_proj', [h, latent]] as const] : [])
  ])
}

/** Nemotron-H and Nemotron 3: Mamba 2, attention, MLPs and experts, each a block of its own. */
export const nemotronHFamily: Family = {
  modelTypes: ['nemotron_h'],
  source: 'transformers models/nemotron_h/modeling_nemotron_h.py',
  linearLayers,
  layerKinds: hybridKinds,
  build: (builder, places) => new DenseModel(builder, places, spec(builder.run.architecture), makeLayer)
}
