import type { Architecture } from '../../../../architecture/architecture.ts'
import type { GatedDeltaNet as Sizes } from '../../../../architecture/linearMixer.ts'
import { GatedDeltaNet, type DeltaLayout } from '../../mixers/gatedDeltaNet.ts'
import { SplitGateAttention } from './splitGateAttention.ts'
import { softmaxRouter } from '../../moe/softmaxRouters.ts'
import { attention, gatedMlp, partOfHeads } from '../dense/common.ts'
import { hybridFamily, type HybridSpec, type MixerSpec } from './index.ts'
import type { LinearLayer } from './spec.ts'

function gatedAttention ({ hiddenSize: h, heads, kvHeads, headDim }: Architecture): MixerSpec {
  const [query, key] = [heads * headDim, kvHeads * headDim]
  return {
    make: (builder, context, kind) => new SplitGateAttention(builder, context, kind),
    linearLayers: [['q_proj', [2 * query, h]], ['k_proj', [key, h]], ['v_proj', [key, h]], ['o_proj', [h, query]]]
  }
}

function gatedDeltaNet ({ hiddenSize: h, linear }: Architecture, layout: DeltaLayout): MixerSpec {
  const sizes = linear as Sizes
  const [keys, values] = [sizes.keyHeads * sizes.keyHeadDim, sizes.valueHeads * sizes.valueHeadDim]
  const into: readonly LinearLayer[] = layout === 'grouped'
    ? [['in_proj_qkvz', [2 * (keys + values), h]], ['in_proj_ba', [2 * sizes.valueHeads, h]]]
    : [['in_proj_qkv', [2 * keys + values, h]], ['in_proj_z', [values, h]], ['in_proj_b', [sizes.valueHeads, h]], ['in_proj_a', [sizes.valueHeads, h]]]
  return { make: (builder) => new GatedDeltaNet(builder, sizes, layout), linearLayers: [...into, ['out_proj', [h, values]]] }
}

const gatedDelta = (a: Architecture, layout: DeltaLayout, perSequence: boolean): HybridSpec => ({
  norm: 'gemma-rms',
  order: 'pre',
  attention: attention(a, { rotary: { ...partOfHeads(a.rotaryFraction ?? 0.25), perSequence } }),
  mlp: gatedMlp(a),
  mixers: { 'attention': gatedAttention(a), 'gated-deltanet': gatedDeltaNet(a, layout) },
  experts: { router: softmaxRouter({ normalizes: a.moe?.routing?.normalizes ?? true, castsBack: true }), sharedOrder: 'before' },
  head: {}
})

/** Qwen3-Next: three Gated DeltaNet layers to one of gated attention, experts with a gated shared one. */
export const qwen3NextFamily = hybridFamily(['qwen3_next'], 'qwen3_next/modeling_qwen3_next.py', (a) => gatedDelta(a, 'grouped', false))

/** The language models of Qwen3.5: as Qwen3-Next, with layers of their own for gate, β and step, and positions of text and images. */
export const qwen35Family = hybridFamily(['qwen3_5_text'], 'qwen3_5/modeling_qwen3_5.py', (a) => gatedDelta(a, 'separate', true))
export const qwen35MoeFamily = hybridFamily(['qwen3_5_moe_text'], 'qwen3_5_moe/modeling_qwen3_5_moe.py', (a) => gatedDelta(a, 'separate', true))
