import type { Architecture } from '../architecture.ts'
import type { LayerGroup } from '../layerGroup.ts'
import type { MixtureOfExperts } from '../mixtureOfExperts.ts'
import type { ConfigFields } from './fields.ts'
import { llamaLike } from './llama.ts'
import { experts, sharedExperts, sizeOfAny } from './mixture.ts'
import { rotaryFraction } from './parts.ts'

/* Readers of the model types whose layers mix tokens in different ways. */

type LayerKind = Pick<LayerGroup, 'mixer' | 'ffn'>

/** Layers of several kinds as groups with the order in which they stand. */
export function groupLayers (layers: readonly LayerKind[]): Pick<Architecture, 'layerGroups' | 'layerSequence'> {
  const keys = layers.map(({ mixer, ffn }) => `${mixer} ${ffn}`)
  const distinct = [...new Set(keys)]
  return {
    layerGroups: distinct.map((key) => ({ ...layers[keys.indexOf(key)]!, count: keys.filter((other) => other === key).length })),
    layerSequence: keys.map((key) => distinct.indexOf(key))
  }
}

/** `layer_types`, or the rule by which the configuration class fills it in. */
export function layerTypes (c: ConfigFields, otherwise: (layer: number) => string): readonly string[] {
  const given = c.texts('layer_types')
  return Array.from({ length: c.sizeOr('num_hidden_layers', 0) }, (_, i) => given?.[i] ?? otherwise(i))
}

/** configuration_lfm2.py: attention where full_attn_idxs says; the MLP's width is adjusted unless told otherwise. */
export function lfm2 (c: ConfigFields): Architecture {
  const attentionLayers = c.numbers('full_attn_idxs')
  const types = layerTypes(c, (i) => (attentionLayers?.includes(i) ?? true) ? 'full_attention' : 'conv')
  const given = c.sizeOr('block_ff_dim', null) ?? c.size('intermediate_size')
  return {
    ...llamaLike(c.with('intermediate_size', given)),
    kvHeads: c.sizeOr('num_key_value_heads', 8),
    intermediateSize: c.flag('block_auto_adjust_ff_dim', true) ? adjusted(c, given) : given,
    tiedEmbeddings: c.flag('tie_embedding', c.flag('tie_word_embeddings', true)),
    attentionBias: 'none',
    mlpBias: false,
    qkNorm: 'head',
    linear: { type: 'short-conv', convKernel: c.sizeOr('conv_L_cache', 3), ...(c.flag('conv_bias', false) ? { bias: true } : {}) },
    ...groupLayers(types.map((type) => ({ mixer: type === 'full_attention' ? 'attention' : 'short-conv', ffn: 'mlp' })))
  }
}

/** configuration_lfm2_moe.py: the first layers dense, every width as it stands. */
export function lfm2Moe (c: ConfigFields): Architecture {
  const types = layerTypes(c, () => 'full_attention')
  const denseFirst = c.sizeOr('num_dense_layers', 2)
  return {
    ...lfm2(c.with('block_auto_adjust_ff_dim', false)),
    moe: experts({
      experts: sizeOfAny(c, ['num_experts', 'num_local_experts'], 32),
      expertsPerToken: c.sizeOr('num_experts_per_tok', 4),
      intermediateSize: c.sizeOr('moe_intermediate_size', 1792),
      denseFirst,
      routerBias: c.flag('use_expert_bias', true),
      routing: { normalizes: c.flag('norm_topk_prob', true) }
    }),
    ...groupLayers(types.map((type, i) => ({ mixer: type === 'full_attention' ? 'attention' : 'short-conv', ffn: i < denseFirst ? 'mlp' : 'moe' })))
  }
}

/** Lfm2MLP: two thirds of the width, multiplied, rounded up. */
function adjusted (c: ConfigFields, width: number): number {
  const multiple = c.sizeOr('block_multiple_of', 256)
  return Math.ceil(Math.floor(c.numberOr('block_ffn_dim_multiplier', 1) * Math.floor(2 * width / 3)) / multiple) * multiple
}

/** Qwen3_5TextConfig in configuration_qwen3_5.py, without experts. */
export const qwen35 = (c: ConfigFields): Architecture => gatedDelta(c.with('num_key_value_heads', c.sizeOr('num_key_value_heads', 4)), alternating(c), () => false)

/** Qwen3_5MoeTextConfig in configuration_qwen3_5_moe.py: experts in every layer. */
export const qwen35Moe = (c: ConfigFields): Architecture => ({
  ...gatedDelta(c.with('intermediate_size', c.sizeOr('intermediate_size', 1)), alternating(c), () => true),
  intermediateSize: c.sizeOr('intermediate_size', 0),
  moe: gatedDeltaExperts(c, { experts: 256, perToken: 8 })
})

/** configuration_qwen3_next.py: every fourth layer attention unless told otherwise; experts in every layer but those named. */
export function qwen3Next (c: ConfigFields): Architecture {
  const moe = gatedDeltaExperts(c, { experts: 512, perToken: 10 })
  const [denseLayers, everyNth] = [c.numbers('mlp_only_layers') ?? [], c.sizeOr('decoder_sparse_step', 1)]
  const sparse = (i: number): boolean => moe.experts > 0 && (i + 1) % everyNth === 0 && !denseLayers.includes(i)
  const own = { everyNth, ...(denseLayers.length > 0 ? { denseLayers } : {}), routing: { normalizes: c.flag('norm_topk_prob', true) } }
  return { ...gatedDelta(c, alternating(c), sparse), ...(moe.experts === 0 ? {} : { moe: { ...moe, ...own } }) }
}

function alternating (c: ConfigFields): readonly string[] {
  const interval = c.sizeOr('full_attention_interval', 4)
  return layerTypes(c, (i) => (i + 1) % interval === 0 ? 'full_attention' : 'linear_attention')
}

function gatedDeltaExperts (c: ConfigFields, usual: { readonly experts: number, readonly perToken: number }): MixtureOfExperts {
  const sharedWidth = c.sizeOr('shared_expert_intermediate_size', 512)
  return experts({
    experts: sizeOfAny(c, ['num_experts', 'num_local_experts'], usual.experts),
    expertsPerToken: c.sizeOr('num_experts_per_tok', usual.perToken),
    intermediateSize: c.sizeOr('moe_intermediate_size', 512),
    sharedExperts: sharedWidth === 0 ? null : { count: 1, intermediateSize: sharedWidth, gate: true }
  })
}

/** What Qwen3-Next and Qwen3.5 share: Gated DeltaNet, attention with a gate beside q, a quarter of each head turned. */
function gatedDelta (c: ConfigFields, types: readonly string[], sparse: (layer: number) => boolean): Architecture {
  return {
    ...llamaLike(c),
    kvHeads: c.sizeOr('num_key_value_heads', 2),
    headDim: c.sizeOr('head_dim', 256),
    mlpBias: false,
    qkNorm: 'head',
    attnOutputGate: 'elementwise',
    rotaryFraction: rotaryFraction(c, 0.25),
    linear: {
      type: 'gated-deltanet',
      keyHeads: c.sizeOr('linear_num_key_heads', 16),
      keyHeadDim: c.sizeOr('linear_key_head_dim', 128),
      valueHeads: c.sizeOr('linear_num_value_heads', 32),
      valueHeadDim: c.sizeOr('linear_value_head_dim', 128),
      convKernel: c.sizeOr('linear_conv_kernel_dim', 4)
    },
    ...groupLayers(types.map((type, i) => ({ mixer: type === 'full_attention' ? 'attention' : 'gated-deltanet', ffn: sparse(i) ? 'moe' : 'mlp' })))
  }
}

/** configuration_minimax.py: intermediate_size is the experts' own; every second layer attention unless told otherwise. */
export function minimax (c: ConfigFields): Architecture {
  const types = layerTypes(c, (i) => (i + 1) % 2 === 0 ? 'linear_attention' : 'full_attention')
  const llama = llamaLike(c)
  const window = c.sizeOr('sliding_window', null)
  return {
    ...llama,
    kvHeads: c.sizeOr('num_key_value_heads', 8),
    attentionBias: 'none',
    slidingWindow: window === null ? null : { window, pattern: 'all layers' },
    moe: experts({
      experts: sizeOfAny(c, ['num_local_experts', 'num_experts'], 8), expertsPerToken: c.sizeOr('num_experts_per_tok', 2), intermediateSize: c.size('intermediate_size')
    }),
    linear: { type: 'lightning', heads: llama.heads, headDim: llama.headDim, blockSize: c.sizeOr('block_size', 256) },
    ...groupLayers(types.map((type) => ({ mixer: type === 'linear_attention' ? 'lightning' : 'attention', ffn: 'moe' })))
  }
}

/** configuration_kimi_linear.py: layer types and sizes of the checkpoint's linear_attn_config, whose layers count from 1. */
export function kimiLinear (c: ConfigFields): Architecture {
  const own = c.nested('linear_attn_config')
  const full = own.numbers('full_attn_layers')
  const types = layerTypes(c, (i) => (full ? full.includes(i + 1) : i > 0 && i % 4 === 0) ? 'full_attention' : 'linear_attention')
  const ffns = c.texts('mlp_layer_types')
  const denseFirst = c.sizeOr('first_k_dense_replace', 1)
  const sparse = (i: number): boolean => ffns ? ffns[i] === 'sparse' : i >= denseFirst
  const width = c.sizeOr('moe_intermediate_size', 1024)
  const mla = {
    qLoraRank: c.sizeOr('q_lora_rank', null),
    kvLoraRank: c.sizeOr('kv_lora_rank', 512),
    qkRopeHeadDim: c.sizeOr('qk_rope_head_dim', 64),
    qkNopeHeadDim: c.sizeOr('qk_nope_head_dim', 128),
    vHeadDim: c.sizeOr('v_head_dim', 128)
  }
  return {
    ...llamaLike(c),
    headDim: mla.qkNopeHeadDim + mla.qkRopeHeadDim,
    // KimiLinearForCausalLM ties no weights, whatever the config says.
    tiedEmbeddings: false,
    mla,
    moe: experts({
      experts: sizeOfAny(c, ['num_experts', 'num_local_experts'], 256),
      expertsPerToken: sizeOfAny(c, ['num_experts_per_token', 'num_experts_per_tok'], 8),
      intermediateSize: width,
      sharedExperts: sharedExperts(sizeOfAny(c, ['num_shared_experts', 'n_shared_experts'], 1), width),
      denseFirst,
      routerBias: true,
      routing: {
        normalizes: c.flag('moe_renormalize', c.flag('norm_topk_prob', true)), groups: sizeOfAny(c, ['num_expert_group', 'n_group'], 1), chosenGroups: c.sizeOr('topk_group', 1)
      }
    }),
    linear: {
      type: 'kda',
      heads: own.sizeOr('num_heads', c.sizeOr('linear_num_heads', 32)),
      headDim: own.sizeOr('head_dim', c.sizeOr('linear_head_dim', 128)),
      convKernel: own.sizeOr('short_conv_kernel_size', c.sizeOr('linear_conv_kernel_dim', 4))
    },
    ...groupLayers(types.map((type, i) => ({ mixer: type === 'full_attention' ? 'attention' : 'kda', ffn: sparse(i) ? 'moe' : 'mlp' })))
  }
}
