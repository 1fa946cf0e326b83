import type { Architecture } from '../architecture.ts'
import type { LayerGroup } from '../layerGroup.ts'
import { deepseekExperts } from './deepseekHeirs.ts'
import type { ConfigFields } from './fields.ts'
import { latent } from './latent.ts'
import { slidingLayersOf } from './layerTypes.ts'
import { llamaLike } from './llama.ts'
import { experts, sharedExperts, sizeOfAny } from './mixture.ts'
import { rotaryFraction } from './parts.ts'

/* Readers of model types with experts that came with transformers 5. */

/** configuration_mistral4.py */
const mistral4 = (c: ConfigFields): Architecture => ({
  ...latent(c, { qLoraRank: 1024, kvLoraRank: 256, nope: 64, rope: 64, value: 128 }),
  moe: deepseekExperts(c, { experts: 128, perToken: 4, width: 2048, shared: 1, denseFirst: 0, groups: 1, chosenGroups: 1 })
})

/** configuration_deepseek_v32.py */
const deepseekV32 = (c: ConfigFields): Architecture => withIndexer(c, {
  ...latent(c, { qLoraRank: 1536, kvLoraRank: 512, nope: 128, rope: 64, value: 128 }),
  moe: deepseekExperts(c, { experts: 256, perToken: 8, width: 2048, shared: 1, denseFirst: 3, groups: 8, chosenGroups: 4 })
}, 64)

/** configuration_glm_moe_dsa.py: layers without an indexer take over the tokens of the one before. */
const glmMoeDsa = (c: ConfigFields): Architecture => {
  const a = withIndexer(c, {
    ...latent(c, { qLoraRank: 2048, kvLoraRank: 512, nope: 192, rope: 64, value: 256 }),
    moe: deepseekExperts(c, { experts: 256, perToken: 8, width: 2048, shared: 1, denseFirst: 3, groups: 1, chosenGroups: 1 })
  }, 32)
  const types = indexerTypes(c, a.layers)
  if (types.every((type) => type === 'full')) return a
  const { indexer: _, ...shared } = a.mla!
  const dense = (i: number): boolean => i < a.moe!.denseFirst || (a.moe!.denseLayers ?? []).includes(i)
  const index = types.map((type, i) => (type === 'full' ? 0 : 2) + (dense(i) ? 1 : 0))
  const groups: LayerGroup[] = [0, 1, 2, 3].map((group) => ({
    count: index.filter((i) => i === group).length, mixer: 'attention', ffn: group % 2 === 0 ? 'moe' : 'mlp', mla: group < 2 ? a.mla! : shared
  }))
  return { ...a, layerGroups: groups, layerSequence: index }
}

function indexerTypes (c: ConfigFields, layers: number): readonly string[] {
  const given = c.texts('indexer_types')
  if (given) return given
  const pattern = c.text('index_topk_pattern')
  if (pattern) return [...pattern].map((letter) => letter === 'F' ? 'full' : 'shared')
  const every = Math.max(c.sizeOr('index_topk_freq', 1), 1)
  const offset = c.sizeOr('index_skip_topk_offset', 2)
  return Array.from({ length: layers }, (_, i) => Math.max(i - offset + 1, 0) % every === 0 ? 'full' : 'shared')
}

const withIndexer = (c: ConfigFields, a: Architecture, usualHeads: number): Architecture => ({
  ...a, mla: { ...a.mla!, interleavedRotary: true, indexer: { heads: c.sizeOr('index_n_heads', usualHeads), headDim: c.sizeOr('index_head_dim', 128), chosen: c.sizeOr('index_topk', 2048) } }
})

/** Experts by `mlp_layer_types`; the first layer is dense where it is not given. */
function layeredExperts (c: ConfigFields, usual: { experts: number, perToken: number, width: number }): NonNullable<Architecture['moe']> {
  const denseLayers = (c.texts('mlp_layer_types') ?? ['dense']).flatMap((type, i) => type === 'dense' ? [i] : [])
  return experts({
    experts: sizeOfAny(c, ['num_experts', 'num_local_experts', 'n_routed_experts'], usual.experts),
    expertsPerToken: c.sizeOr('num_experts_per_tok', usual.perToken),
    intermediateSize: c.sizeOr('moe_intermediate_size', usual.width),
    routerBias: true,
    ...(denseLayers.length > 0 ? { denseLayers } : {})
  })
}

/** configuration_hy_v3.py */
const hyV3 = (c: ConfigFields): Architecture => {
  const moe = layeredExperts(c, { experts: 192, perToken: 8, width: 1536 })
  return {
    ...llamaLike(c),
    qkNorm: 'head',
    moe: { ...moe, sharedExperts: sharedExperts(c.sizeOr('num_shared_experts', 1), moe.intermediateSize), routing: { combinesWide: c.flag('enable_moe_fp32_combine', true) } }
  }
}

/** configuration_afmoe.py: every fourth layer sees all and has no rotary positions. */
const afmoe = (c: ConfigFields): Architecture => {
  const window = c.sizeOr('sliding_window', 1024)
  const period = c.sizeOr('global_attn_every_n_layers', 4)
  const width = c.sizeOr('moe_intermediate_size', 1408)
  return {
    ...llamaLike(c),
    headDim: c.sizeOr('head_dim', 128),
    qkNorm: 'head',
    normsPerLayer: 4,
    attnOutputGate: 'elementwise',
    scaledEmbedding: c.flag('mup_enabled', false),
    slidingWindow: { window, pattern: `${period - 1} sliding : 1 full` },
    ...slidingLayersOf(c, (i) => (i + 1) % period !== 0),
    moe: experts({
      experts: c.sizeOr('num_experts', 64),
      expertsPerToken: c.sizeOr('num_experts_per_tok', 6),
      intermediateSize: width,
      sharedExperts: sharedExperts(c.sizeOr('num_shared_experts', 2), width),
      denseFirst: c.sizeOr('num_dense_layers', 1),
      routerBias: true
    })
  }
}

/** configuration_laguna.py: heads by layer; a gate per head unless `gating` says per element. */
const laguna = (c: ConfigFields): Architecture => {
  const a = llamaLike(c)
  const { slidingLayers } = slidingLayersOf(c, () => false)
  const moe = layeredExperts(c, { experts: 256, perToken: 8, width: 512 })
  const heads = c.numbers('num_attention_heads_per_layer') ?? slidingLayers!.map(() => a.heads)
  const groups: LayerGroup[] = []
  const layerSequence = slidingLayers!.map((slides, i) => {
    const group = { mixer: 'attention', ffn: (moe.denseLayers ?? []).includes(i) ? 'mlp' : 'moe', attention: slides ? 'sliding' : 'full', heads: heads[i]! } as const
    const at = groups.findIndex((g) => g.ffn === group.ffn && g.attention === group.attention && g.heads === group.heads)
    if (at < 0) return groups.push({ ...group, count: 1 }) - 1
    groups[at] = { ...group, count: groups[at]!.count + 1 }
    return at
  })
  return {
    ...a,
    headDim: c.sizeOr('head_dim', 128),
    kvHeads: c.sizeOr('num_key_value_heads', 8),
    qkNorm: 'head',
    attnOutputGate: c.text('gating') === 'per-element' ? 'elementwise' : 'headwise',
    slidingWindow: { window: c.sizeOr('sliding_window', 512), pattern: null },
    slidingLayers: slidingLayers!,
    layerGroups: groups,
    layerSequence,
    rotaryFraction: rotaryFraction(c, 0.5),
    moe: { ...moe, sharedExperts: { count: null, intermediateSize: c.sizeOr('shared_expert_intermediate_size', 512), gate: false } }
  }
}

/** configuration_llama4.py: every fourth layer sees all tokens and has no rotary positions; intermediate_size is the experts' own. */
const llama4 = (c: ConfigFields): Architecture => {
  const a = llamaLike(c)
  const width = c.sizeOr('intermediate_size', 8192)
  const interval = c.sizeOr('no_rope_layer_interval', 4)
  const given = c.numbers('no_rope_layers') ?? []
  const rotaryLayers = Array.from({ length: a.layers }, (_, i) => given.length > 0 ? given[i] !== 0 : (i + 1) % interval !== 0)
  const types = c.texts('layer_types')
  const step = c.sizeOr('interleave_moe_layer_step', 1)
  const sparse = c.numbers('moe_layers')
  return {
    ...a,
    headDim: c.sizeOr('head_dim', 128),
    kvHeads: c.sizeOr('num_key_value_heads', 8),
    intermediateSize: c.sizeOr('intermediate_size_mlp', 16384),
    qkNorm: null,
    weightlessQkNorm: c.flag('use_qk_norm', true),
    tunesTemperature: c.flag('attn_temperature_tuning', true),
    rotaryLayers,
    slidingWindow: { window: c.sizeOr('attention_chunk_size', 8192), pattern: null },
    slidingLayers: rotaryLayers.map((turns, i) => types ? types[i] === 'chunked_attention' : turns),
    moe: experts({
      experts: sizeOfAny(c, ['num_local_experts', 'num_experts'], 16),
      expertsPerToken: c.sizeOr('num_experts_per_tok', 1),
      intermediateSize: width,
      sharedExperts: sharedExperts(1, width),
      everyNth: step,
      ...(sparse ? { everyNth: 1, denseLayers: rotaryLayers.flatMap((_, i) => sparse.includes(i) ? [] : [i]) } : {})
    })
  }
}

/** configuration_mimo_v2_flash.py: the first and every sixth layer see all tokens; twice as many key heads elsewhere. */
const mimoV2 = (c: ConfigFields): Architecture => {
  const a = llamaLike(c)
  const { slidingLayers } = slidingLayersOf(c, (i) => i !== 0 && (i + 1) % 6 !== 0)
  const moe = deepseekExperts(c.with('n_shared_experts', 0).with('mlp_layer_types', c.texts('mlp_layer_types') ?? slidingLayers!.map((_, i) => i === 0 ? 'dense' : 'sparse')), {
    experts: 256, perToken: 8, width: 2048, shared: 0, denseFirst: 0, groups: 1, chosenGroups: 1
  })
  const kvHeads = c.sizeOr('num_key_value_heads', 4)
  const dense = (i: number): boolean => (moe.denseLayers ?? []).includes(i)
  const layerSequence = slidingLayers!.map((slides, i) => (slides ? 2 : 0) + (dense(i) ? 1 : 0))
  const layerGroups: LayerGroup[] = [0, 1, 2, 3].map((group) => ({
    count: layerSequence.filter((i) => i === group).length,
    mixer: 'attention',
    ffn: group % 2 === 0 ? 'moe' : 'mlp',
    ...(group > 1 ? { attention: 'sliding' as const, kvHeads: 2 * kvHeads, attnSinks: true } : { attention: 'full' as const })
  }))
  return {
    ...a,
    kvHeads,
    headDim: c.sizeOr('head_dim', 192),
    vHeadDim: c.sizeOr('v_head_dim', 128),
    slidingWindow: { window: c.sizeOr('sliding_window', 128), pattern: null },
    slidingLayers: slidingLayers!,
    layerGroups,
    layerSequence,
    rotaryFraction: rotaryFraction(c, 0.334),
    moe
  }
}

/** configuration_dbrx.py: names of its own, attention and experts in nested objects. */
const dbrx = (c: ConfigFields): Architecture => {
  const [attn, ffn] = [c.nested('attn_config'), c.nested('ffn_config')]
  const hiddenSize = c.sizeOr('d_model', 2048)
  const heads = c.sizeOr('n_heads', 16)
  const width = ffn.sizeOr('ffn_hidden_size', 3584)
  const named = c.with('hidden_size', hiddenSize).with('num_attention_heads', heads).with('num_hidden_layers', c.sizeOr('num_hidden_layers', c.sizeOr('n_layers', 24))).with('intermediate_size', width)
  return {
    ...llamaLike(named),
    kvHeads: attn.sizeOr('kv_n_heads', 1),
    maxPositions: c.sizeOr('max_seq_len', 2048),
    normType: 'layernorm',
    normBias: false,
    moe: experts({ experts: ffn.sizeOr('moe_num_experts', 4), expertsPerToken: ffn.sizeOr('moe_top_k', 1), intermediateSize: width })
  }
}

/** configuration_deepseek_v4.py: two heavily compressed layers, then sparse and heavily compressed ones in turn; the first three route by token id. */
const deepseekV4 = (c: ConfigFields): Architecture => {
  const width = c.sizeOr('moe_intermediate_size', 2048)
  const a = llamaLike(c.with('intermediate_size', c.sizeOr('intermediate_size', width)))
  const rates: Readonly<Record<string, number>> = { sliding_attention: 0, compressed_sparse_attention: 4, heavily_compressed_attention: 128 }
  const types = c.texts('layer_types')
  const given = c.numbers('compress_ratios')
  const ratios = Array.from({ length: a.layers }, (_, i) => types ? rates[types[i] ?? ''] ?? 0 : given?.[i] ?? (i < 2 || i % 2 === 1 ? 128 : 4))
  const hashed = c.texts('mlp_layer_types')?.map((type) => type === 'hash_moe') ?? ratios.map((_, i) => i < c.sizeOr('num_hash_layers', 3))
  const moe = experts({
    experts: sizeOfAny(c, ['n_routed_experts', 'num_local_experts', 'num_experts'], 256),
    expertsPerToken: c.sizeOr('num_experts_per_tok', 6),
    intermediateSize: width,
    sharedExperts: sharedExperts(c.sizeOr('n_shared_experts', 1), width),
    routerBias: true
  })
  const groups: LayerGroup[] = []
  const layerSequence = ratios.map((compressRatio, i) => {
    const routerBias = !hashed[i]
    const at = groups.findIndex((g) => g.compressRatio === compressRatio && g.moe?.routerBias === routerBias)
    if (at < 0) return groups.push({ count: 1, mixer: 'attention', ffn: 'moe', compressRatio, moe: { ...moe, routerBias } }) - 1
    groups[at] = { ...groups[at]!, count: groups[at]!.count + 1 }
    return at
  })
  return {
    ...a,
    kvHeads: 1,
    headDim: c.sizeOr('head_dim', 512),
    rotaryFraction: rotaryFraction(c, 1 / 8),
    hyperConnections: c.sizeOr('hc_mult', 4),
    compressedAttention: {
      qLoraRank: c.sizeOr('q_lora_rank', 1024),
      outputGroups: c.sizeOr('o_groups', 8),
      outputLoraRank: c.sizeOr('o_lora_rank', 1024),
      indexHeads: c.sizeOr('index_n_heads', 64),
      indexHeadDim: c.sizeOr('index_head_dim', 128),
      chosen: c.sizeOr('index_topk', 512)
    },
    moe,
    layerGroups: groups,
    layerSequence
  }
}

/** configuration_minimax_m3_vl.py MiniMaxM3VLTextConfig: experts past the first layers, where an indexer picks blocks of keys. */
const minimaxM3 = (c: ConfigFields): Architecture => {
  const a = llamaLike(c)
  const kinds = c.texts('mlp_layer_types')
  const count = kinds?.filter((kind) => kind === 'sparse').length ?? a.layers - 3
  const [heads, width] = [c.sizeOr('index_n_heads', 4), c.sizeOr('index_head_dim', 128)]
  return {
    ...a,
    kvHeads: c.sizeOr('num_key_value_heads', 4),
    headDim: c.sizeOr('head_dim', 128),
    intermediateSize: c.sizeOr('dense_intermediate_size', 12288),
    attentionBias: 'none',
    qkNorm: 'head',
    rotaryFraction: rotaryFraction(c, 1),
    moe: experts({
      experts: c.sizeOr('num_local_experts', 128), expertsPerToken: c.sizeOr('num_experts_per_tok', 4), intermediateSize: c.size('intermediate_size'),
      sharedExperts: sharedExperts(1, c.sizeOr('shared_intermediate_size', 3072)), denseFirst: a.layers - count, routerBias: true
    }),
    layerGroups: ([
      { count: a.layers - count, mixer: 'attention', ffn: 'mlp' },
      { count, mixer: 'attention', ffn: 'moe', extraPerLayer: a.hiddenSize * (heads + 1) * width + 2 * width }
    ] as const).filter((group) => group.count > 0),
    layerSequence: Array.from({ length: a.layers }, (_, i) => i < a.layers - count ? 0 : a.layers > count ? 1 : 0)
  }
}

export const RECENT_MIXTURE_READERS: Readonly<Record<string, (config: ConfigFields) => Architecture>> = {
  afmoe, dbrx, deepseek_v4: deepseekV4, deepseek_v32: deepseekV32, glm_moe_dsa: glmMoeDsa, hy_v3: hyV3, minimax_m3_vl_text: minimaxM3, laguna, llama4_text: llama4, mimo_v2_flash: mimoV2, mistral4
}
