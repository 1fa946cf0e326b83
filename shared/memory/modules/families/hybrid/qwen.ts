import type { Architecture } from '../../../../architecture/architecture.ts'
import type { GatedDeltaNet as Sizes } from '../../../../architecture/linearMixer.ts'
import { GatedDeltaNet } from '../../mixers/gatedDeltaNet.ts'
import { SplitGateAttention } from '../../mixers/splitGateAttention.ts'
import { softmaxRouter } from '../../moe/softmaxRouters.ts'
import { attention, gatedMlp, partOfHeads } from '../dense/common.ts'
import { hybridFamily, type HybridSpec, type MixerSpec } from './index.ts'

function gatedAttention ({ hiddenSize: h, heads, kvHeads, headDim }: Architecture): MixerSpec {
  const [query, key] = [heads * headDim, kvHeads * headDim]
  return {
    make: (builder, context, kind) => new SplitGateAttention(builder, context, kind),
    linearLayers: [['q_proj', [2 * query, h]], ['k_proj', [key, h]], ['v_proj', [key, h]], ['o_proj', [h, query]]]
  }
}

function gatedDeltaNet ({ hiddenSize: h, linear }: Architecture): MixerSpec {
  const sizes = linear as Sizes
  const [keys, values] = [sizes.keyHeads * sizes.keyHeadDim, sizes.valueHeads * sizes.valueHeadDim]
  return {
    make: (builder) => new GatedDeltaNet(builder, sizes),
    linearLayers: [['in_proj_qkvz', [2 * (keys + values), h]], ['in_proj_ba', [2 * sizes.valueHeads, h]], ['out_proj', [h, values]]]
  }
}

const qwen3Next = (a: Architecture): HybridSpec => ({
  norm: 'gemma-rms',
  order: 'pre',
  attention: attention(a, { rotary: partOfHeads(a.rotaryFraction ?? 0.25) }),
  mlp: gatedMlp(a),
  mixers: { 'attention': gatedAttention(a), 'gated-deltanet': gatedDeltaNet(a) },
  experts: { router: softmaxRouter({ normalizes: a.moe?.routing?.normalizes ?? true, castsBack: true }), sharedOrder: 'before' },
  head: {}
})

/** Qwen3-Next: three Gated DeltaNet layers to one of gated attention, experts with a gated shared one. */
export const qwen3NextFamily = hybridFamily(['qwen3_next'], 'qwen3_next/modeling_qwen3_next.py', qwen3Next)
