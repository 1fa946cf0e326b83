import type { Architecture } from '../architecture.ts'
import type { LatentAttention } from '../attention.ts'
import type { ConfigFields } from './fields.ts'
import { llamaLike } from './llama.ts'
import { deepseekExperts } from './deepseekHeirs.ts'

interface LatentDefaults {
  readonly qLoraRank: number
  readonly kvLoraRank: number
  readonly nope: number
  readonly rope: number
  readonly value: number
}

function latentAttention (c: ConfigFields, usual: LatentDefaults): LatentAttention {
  return {
    qLoraRank: c.isSetOr('q_lora_rank', true) ? c.sizeOr('q_lora_rank', usual.qLoraRank) : null,
    kvLoraRank: c.sizeOr('kv_lora_rank', usual.kvLoraRank),
    qkRopeHeadDim: c.sizeOr('qk_rope_head_dim', usual.rope),
    qkNopeHeadDim: c.sizeOr('qk_nope_head_dim', usual.nope),
    vHeadDim: c.sizeOr('v_head_dim', usual.value),
    interleavedRotary: c.flag('rope_interleave', true)
  }
}

export function latent (c: ConfigFields, usual: LatentDefaults): Architecture {
  const mla = latentAttention(c, usual)
  const llama = llamaLike(c)
  return { ...llama, kvHeads: llama.heads, headDim: mla.qkNopeHeadDim + mla.qkRopeHeadDim, mla }
}

/** configuration_deepseek_v3.py; head_dim there is only the rotary part. */
export const deepseekV3 = (c: ConfigFields): Architecture => ({
  ...latent(c, { qLoraRank: 1536, kvLoraRank: 512, nope: 128, rope: 64, value: 128 }),
  moe: deepseekExperts(c, { experts: 256, perToken: 8, width: 2048, shared: 1, denseFirst: 3, groups: 8, chosenGroups: 4 })
})

/** configuration_glm4_moe_lite.py: the first layer dense. */
export const glm4MoeLite = (c: ConfigFields): Architecture => ({
  ...latent(c, { qLoraRank: 768, kvLoraRank: 512, nope: 192, rope: 64, value: 256 }),
  moe: deepseekExperts(c, { experts: 64, perToken: 4, width: 1536, shared: 1, denseFirst: 1, groups: 1, chosenGroups: 1 })
})

/** configuration_deepseek_v2.py: groups only for topk_method group_limited_greedy. */
export const deepseekV2 = (c: ConfigFields): Architecture => {
  const grouped = c.text('topk_method') === 'group_limited_greedy'
  const moe = deepseekExperts(c, { experts: 64, perToken: 6, width: 1407, shared: 2, denseFirst: 0, groups: 1, chosenGroups: 1, normalizes: false })
  return {
    ...latent(c, { qLoraRank: 1536, kvLoraRank: 512, nope: 128, rope: 64, value: 128 }),
    moe: grouped ? moe : { ...moe, routing: { normalizes: false } }
  }
}

/** configuration_minicpm3.py: no experts, tied. */
export const minicpm3 = (c: ConfigFields): Architecture => ({
  ...latent(c, { qLoraRank: 768, kvLoraRank: 256, nope: 64, rope: 32, value: 64 }), tiedEmbeddings: c.flag('tie_word_embeddings', true)
})
