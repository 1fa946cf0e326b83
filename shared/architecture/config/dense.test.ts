import { describe, expect, test } from 'vitest'
import { architectureFromConfig } from '../fromConfig.ts'
import { parameterCount } from '../parameterCount.ts'
import type { Architecture } from '../architecture.ts'

const sizes = (model_type: string, hidden_size: number, intermediate_size: number, num_hidden_layers: number, num_attention_heads: number, vocab_size: number, more: object = {}) =>
  ({ model_type, hidden_size, intermediate_size, num_hidden_layers, num_attention_heads, vocab_size, ...more })

function read (config: object): Architecture {
  const result = architectureFromConfig(config as Record<string, unknown>)
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.value
}

/** config.json of the repository, without the fields that equal the default of its configuration class; parameters as its model card or safetensors header says. */
const PUBLISHED: readonly (readonly [string, object, number])[] = [
  ['google/gemma-2b', sizes('gemma', 2048, 16384, 18, 8, 256000, { num_key_value_heads: 1 }), 2_506_172_416],
  ['google/gemma-2-2b', sizes('gemma2', 2304, 9216, 26, 8, 256000), 2_614_341_888],
  ['google/gemma-3-1b-pt', sizes('gemma3_text', 1152, 6912, 26, 4, 262144, { num_key_value_heads: 1, sliding_window: 512 }), 999_885_952],
  ['google/gemma-3n-E4B, text', sizes('gemma3n_text', 2048, 16384, 35, 8, 262400), 7_849_978_192 - 983_281_504],
  ['google/gemma-3n-E2B, text', { ...sizes('gemma3n_text', 2048, 0, 30, 8, 262400, { num_kv_shared_layers: 10 }), intermediate_size: Array(30).fill(8192) }, 5_439_438_272 - 983_281_504],
  ['EleutherAI/pythia-1.4b', sizes('gpt_neox', 2048, 8192, 24, 16, 50304, { rotary_pct: 0.25 }), 1_414_647_808],
  ['microsoft/phi-2', sizes('phi', 2560, 10240, 32, 32, 51200, { partial_rotary_factor: 0.4 }), 2_779_683_840],
  ['microsoft/Phi-3-mini-4k-instruct', sizes('phi3', 3072, 8192, 32, 32, 32064, { sliding_window: 2047 }), 3_821_079_552],
  ['microsoft/Phi-4-mini-instruct', sizes('phi3', 3072, 8192, 32, 24, 200064, { num_key_value_heads: 8, tie_word_embeddings: true }), 3_836_021_760],
  ['zai-org/GLM-4-9B-0414', sizes('glm4', 4096, 13696, 40, 32, 151552), 9_400_279_040],
  ['allenai/OLMo-1B-hf', sizes('olmo', 2048, 8192, 16, 16, 50304, { tie_word_embeddings: true }), 1_176_764_416],
  ['allenai/OLMo-2-1124-7B', sizes('olmo2', 4096, 11008, 32, 32, 100352), 7_298_617_344],
  ['allenai/Olmo-3-1025-7B', sizes('olmo3', 4096, 11008, 32, 32, 100278), 7_298_011_136],
  ['CohereLabs/aya-expanse-8b', sizes('cohere', 4096, 14336, 32, 32, 256000, { num_key_value_heads: 8 }), 8_028_033_024],
  ['CohereLabs/c4ai-command-r7b-12-2024', sizes('cohere2', 4096, 14336, 32, 32, 256000, { num_key_value_heads: 8 }), 8_028_033_024],
  ['ibm-granite/granite-3.3-2b-instruct', sizes('granite', 2048, 8192, 40, 32, 49159, { num_key_value_heads: 8, tie_word_embeddings: true }), 2_533_539_840],
  ['HuggingFaceTB/SmolLM3-3B', sizes('smollm3', 2048, 11008, 36, 16, 128256), 3_075_098_624],
  ['LGAI-EXAONE/EXAONE-4.0-1.2B', sizes('exaone4', 2048, 4096, 30, 32, 102400, { num_key_value_heads: 8, sliding_window: null, tie_word_embeddings: true }), 1_279_391_488],
  ['stabilityai/stablelm-3b-4e1t', sizes('stablelm', 2560, 6912, 32, 32, 50304), 2_795_443_200],
  ['stabilityai/stablelm-2-1_6b', sizes('stablelm', 2048, 5632, 24, 32, 100352, { use_qkv_bias: true }), 1_644_515_328],
  ['bigcode/starcoder2-3b', sizes('starcoder2', 3072, 12288, 30, 24, 49152, { sliding_window: 4096 }), 3_030_371_328],
  ['openai-community/gpt2', { model_type: 'gpt2', n_embd: 768, n_layer: 12, n_head: 12, n_positions: 1024, vocab_size: 50257 }, 124_439_808],
  ['mistralai/Mistral-7B-v0.1', sizes('mistral', 4096, 14336, 32, 32, 32000, { num_key_value_heads: 8 }), 7_241_732_096],
  ['Qwen/Qwen2.5-7B', sizes('qwen2', 3584, 18944, 28, 28, 152064, { num_key_value_heads: 4 }), 7_615_616_512],
  ['Qwen/Qwen3-8B', sizes('qwen3', 4096, 12288, 36, 32, 151936, { num_key_value_heads: 8 }), 8_190_735_360]
]

/** Parameters of torch modules that transformers 5.18 builds from the same arguments. */
const BUILT: readonly (readonly [string, object, number])[] = [
  ['opt', { model_type: 'opt', hidden_size: 2048, ffn_dim: 8192, num_hidden_layers: 2, num_attention_heads: 32, vocab_size: 50272, max_position_embeddings: 4096 }, 212_070_400]
]

describe('parameters of an architecture read from config.json', () => {
  test.each(PUBLISHED)('%s as published', (_, config, parameters) => {
    expect(parameterCount(read(config))!.total).toBe(parameters)
  })
  test.each(BUILT)('%s as built', (_, config, parameters) => {
    expect(parameterCount(read(config))!.total).toBe(parameters)
  })
})

describe('what stands for a missing field', () => {
  const small = (type: string, more: object = {}) => read(sizes(type, 64, 128, 4, 4, 100, more))

  test('heads keep the size of the class, not hidden_size / heads', () => {
    expect(small('gemma2').headDim).toBe(256)
    expect(small('gemma3_text').headDim).toBe(256)
    expect(small('qwen3').headDim).toBe(128)
    expect(small('glm4').headDim).toBe(128)
    expect(small('olmo2').headDim).toBe(16)
  })
  test('embeddings are tied where the class ties them', () => {
    for (const type of ['gemma', 'gemma2', 'gemma3_text', 'cohere', 'cohere2', 'smollm3', 'starcoder2']) expect(small(type).tiedEmbeddings).toBe(true)
    for (const type of ['llama', 'phi', 'phi3', 'glm4', 'olmo2', 'gpt_neox', 'granite', 'stablelm', 'nemotron', 'exaone4']) expect(small(type).tiedEmbeddings).toBe(false)
  })
  test('the share of a head that is rotary, also under its older names', () => {
    expect(small('gpt_neox').rotaryFraction).toBe(0.25)
    expect(small('gpt_neox', { rotary_pct: 1 }).rotaryFraction).toBe(1)
    expect(small('phi', { rope_parameters: { partial_rotary_factor: 0.4 } }).rotaryFraction).toBe(0.4)
    expect(small('stablelm').rotaryFraction).toBe(0.25)
    expect(small('nemotron').rotaryFraction).toBe(0.5)
    expect(small('phi3', { partial_rotary_factor: 0.75 }).rotaryFraction).toBe(0.75)
  })
  test('which layers slide', () => {
    expect(small('gemma2').slidingLayers).toEqual([true, false, true, false])
    expect(read(sizes('gemma3_text', 64, 128, 7, 4, 100)).slidingLayers).toEqual([true, true, true, true, true, false, true])
    expect(small('olmo3').slidingLayers).toEqual([true, true, true, false])
    expect(small('gemma3_text', { layer_types: ['full_attention', 'sliding_attention', 'full_attention', 'full_attention'] }).slidingLayers).toEqual([false, true, false, false])
    expect(small('mistral').slidingWindow?.window).toBe(4096)
    expect(small('mistral', { sliding_window: null }).slidingWindow).toBeNull()
    expect(small('qwen2', { sliding_window: 32, max_window_layers: 1 }).slidingWindow).toBeNull()
    expect(small('qwen2', { use_sliding_window: true, sliding_window: 32, max_window_layers: 1 }).slidingLayers).toEqual([false, true, true, true])
  })
  test('Gemma 3n: the first ten gates are cut, the last fifteen layers borrow keys', () => {
    const { altUp, slidingLayers } = read(sizes('gemma3n_text', 64, 128, 35, 4, 100))
    expect(altUp!.sparseLayers.map(Number).join('')).toBe('1'.repeat(10) + '0'.repeat(25))
    expect(altUp).toMatchObject({ streams: 4, laurelRank: 64, borrowingLayers: 15 })
    expect(slidingLayers!.filter((slides) => !slides)).toHaveLength(7)
  })
  test('soft-caps are those of the class unless the config clears them', () => {
    expect(small('gemma2').softcaps).toEqual({ attention: true, logits: true })
    expect(small('gemma2', { attn_logit_softcapping: null }).softcaps).toEqual({ attention: false, logits: true })
  })
  test('what the engine does not follow is refused by field', () => {
    const result = architectureFromConfig({ model_type: 'mpt', d_model: 512, n_heads: 8, n_layers: 2, vocab_size: 1000, attn_config: { clip_qkv: 6 } })
    expect(result.ok || result.problems).toEqual([{ field: 'attn_config.clip_qkv', code: 'not-supported', found: 'clipped q, k and v' }])
  })
})
