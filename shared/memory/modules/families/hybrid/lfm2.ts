import type { Architecture } from '../../../../architecture/architecture.ts'
import type { ShortConvolution } from '../../../../architecture/linearMixer.ts'
import { biasedSigmoidRouter } from '../../moe/biasedSigmoidRouter.ts'
import { ShortConv } from '../../mixers/shortConv.ts'
import { attention, gatedMlp, wholeHeads } from '../dense/common.ts'
import { hybridFamily, type HybridSpec, type MixerSpec } from './index.ts'

function shortConv ({ hiddenSize: h, linear }: Architecture): MixerSpec {
  return {
    make: (builder) => new ShortConv(builder, linear as ShortConvolution),
    linearLayers: [['in_proj', [3 * h, h]], ['out_proj', [h, h]]]
  }
}

const lfm2 = (a: Architecture): HybridSpec => ({
  norm: 'rms',
  order: 'pre',
  normNames: ['operator_norm', 'ffn_norm'],
  attention: attention(a, { out: 'out_proj', rotary: wholeHeads, qkNorm: { kind: 'rms', over: 'head', atOnce: true, names: ['q_layernorm', 'k_layernorm'] } }),
  mlp: { ...gatedMlp(a), up: ['w1', 'w3'], down: 'w2' },
  mixers: { 'short-conv': shortConv(a) },
  head: {}
})

const lfm2Moe = (a: Architecture): HybridSpec => ({
  ...lfm2(a),
  experts: { router: biasedSigmoidRouter({ normalizes: a.moe?.routing?.normalizes ?? true, biased: a.moe?.routerBias ?? true }), routerFirst: false }
})

/** LFM2: gated short convolutions, a few attention layers with QK-norm. */
export const lfm2Family = hybridFamily(['lfm2'], 'lfm2/modeling_lfm2.py', lfm2)

/** LFM2 with experts past the first layers. */
export const lfm2MoeFamily = hybridFamily(['lfm2_moe'], 'lfm2_moe/modeling_lfm2_moe.py', lfm2Moe)
