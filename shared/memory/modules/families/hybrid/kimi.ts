import type { Architecture } from '../../../../architecture/architecture.ts'
import type { KimiDeltaAttention as Sizes } from '../../../../architecture/linearMixer.ts'
import { KimiDelta } from '../../mixers/kimiDelta.ts'
import { groupedSigmoidRouter } from '../../moe/sigmoidRouters.ts'
import { attention, gatedMlp } from '../dense/common.ts'
import { LatentSelfAttention } from '../mixture/latentAttention.ts'
import { hybridFamily, type HybridSpec, type MixerSpec } from './index.ts'

function latentAttention ({ hiddenSize: h, heads, headDim, mla }: Architecture): MixerSpec {
  const { qLoraRank, kvLoraRank, qkNopeHeadDim, qkRopeHeadDim, vHeadDim } = mla!
  const query = heads * headDim
  return {
    make: (builder, context, kind) => new LatentSelfAttention(builder, context, kind, mla!, { latent: 'none' }),
    linearLayers: [
      ...(qLoraRank === null ? [['q_proj', [query, h]] as const] : [['q_a_proj', [qLoraRank, h]] as const, ['q_b_proj', [query, qLoraRank]] as const]),
      ['kv_a_proj_with_mqa', [kvLoraRank + qkRopeHeadDim, h]],
      ['kv_b_proj', [heads * (qkNopeHeadDim + vHeadDim), kvLoraRank]],
      ['o_proj', [h, heads * vHeadDim]]
    ]
  }
}

function kimiDelta ({ hiddenSize: h, linear }: Architecture): MixerSpec {
  const sizes = linear as Sizes
  const width = sizes.heads * sizes.headDim
  return {
    make: (builder) => new KimiDelta(builder, sizes),
    linearLayers: [
      ['q_proj', [width, h]], ['k_proj', [width, h]], ['v_proj', [width, h]], ['f_a_proj', [sizes.headDim, h]], ['f_b_proj', [width, sizes.headDim]],
      ['b_proj', [sizes.heads, h]], ['g_a_proj', [sizes.headDim, h]], ['g_b_proj', [width, sizes.headDim]], ['o_proj', [h, width]]
    ]
  }
}

const kimiLinear = (a: Architecture): HybridSpec => ({
  norm: 'rms',
  order: 'pre',
  attention: attention(a, {}),
  mlp: gatedMlp(a),
  mixers: { attention: latentAttention(a), kda: kimiDelta(a) },
  experts: {
    router: groupedSigmoidRouter({
      normalizes: a.moe?.routing?.normalizes ?? true, groups: a.moe?.routing?.groups ?? 1, chosenGroups: a.moe?.routing?.chosenGroups ?? 1
    }),
    routerFirst: false
  },
  head: {}
})

/** Kimi Linear: three layers of Kimi Delta Attention to one of latent attention without positions, experts past the first layer. */
export const kimiLinearFamily = hybridFamily(['kimi_linear'], 'kimi_linear/modeling_kimi_linear.py', kimiLinear)
