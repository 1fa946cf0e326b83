import { describe, expect, test } from 'vitest'
import { findModel } from './modelLookup.ts'
import { models } from './models.ts'
import { modelTypeOf } from './modelType.ts'

/** model_type of the repositories' config.json. */
const KNOWN: readonly (readonly [string, string])[] = [
  ['01-ai/Yi-1.5-6B', 'llama'], ['BAAI/bge-small-en-v1.5', 'bert'], ['FacebookAI/xlm-roberta-large', 'xlm-roberta'], ['FacebookAI/roberta-base', 'roberta'],
  ['ByteDance-Seed/Seed-OSS-36B-Instruct', 'seed_oss'], ['ByteDance-Seed/Seed-Coder-8B-Base', 'llama'], ['CohereLabs/aya-expanse-8b', 'cohere'],
  ['CohereLabs/c4ai-command-r7b-12-2024', 'cohere2'], ['CohereLabs/c4ai-command-a-03-2025', 'cohere2'], ['EleutherAI/gpt-j-6b', 'gptj'],
  ['EleutherAI/gpt-neo-1.3B', 'gpt_neo'], ['EleutherAI/gpt-neox-20b', 'gpt_neox'], ['EleutherAI/pythia-160m', 'gpt_neox'], ['HuggingFaceTB/SmolLM2-135M', 'llama'],
  ['HuggingFaceTB/SmolLM3-3B', 'smollm3'], ['HuggingFaceTB/SmolVLM-Instruct', 'idefics3'], ['LGAI-EXAONE/EXAONE-4.0-32B', 'exaone4'], ['LiquidAI/LFM2-1.2B', 'lfm2'],
  ['LiquidAI/LFM2-8B-A1B', 'lfm2_moe'], ['MiniMaxAI/MiniMax-M2', 'minimax_m2'], ['Qwen/Qwen1.5-7B', 'qwen2'], ['Qwen/Qwen1.5-MoE-A2.7B', 'qwen2_moe'],
  ['Qwen/Qwen2-57B-A14B', 'qwen2_moe'], ['Qwen/Qwen2-VL-7B-Instruct', 'qwen2_vl'], ['Qwen/Qwen2.5-7B', 'qwen2'], ['Qwen/Qwen2.5-VL-7B-Instruct', 'qwen2_5_vl'],
  ['Qwen/Qwen3-8B', 'qwen3'], ['Qwen/Qwen3-30B-A3B', 'qwen3_moe'], ['Qwen/Qwen3-Coder-480B-A35B-Instruct', 'qwen3_moe'], ['Qwen/Qwen3-Next-80B-A3B-Instruct', 'qwen3_next'],
  ['Qwen/Qwen3-VL-8B-Instruct', 'qwen3_vl'], ['Qwen/Qwen3-VL-30B-A3B-Instruct', 'qwen3_vl_moe'], ['TinyLlama/TinyLlama-1.1B-Chat-v1.0', 'llama'],
  ['ai21labs/Jamba-v0.1', 'jamba'], ['allenai/OLMo-1B-hf', 'olmo'], ['allenai/OLMo-2-1124-7B', 'olmo2'], ['allenai/Olmo-3-1025-7B', 'olmo3'], ['allenai/OLMoE-1B-7B-0125', 'olmoe'],
  ['baidu/ERNIE-4.5-0.3B-PT', 'ernie4_5'], ['baidu/ERNIE-4.5-21B-A3B-PT', 'ernie4_5_moe'], ['bigcode/starcoder', 'gpt_bigcode'], ['bigcode/starcoder2-3b', 'starcoder2'],
  ['bigscience/bloom-560m', 'bloom'], ['codellama/CodeLlama-7b-hf', 'llama'], ['databricks/dbrx-base', 'dbrx'], ['deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B', 'qwen2'],
  ['deepseek-ai/DeepSeek-V2-Lite', 'deepseek_v2'], ['deepseek-ai/DeepSeek-V3', 'deepseek_v3'], ['deepseek-ai/deepseek-coder-6.7b-base', 'llama'],
  ['deepseek-ai/deepseek-llm-7b-base', 'llama'], ['facebook/opt-1.3b', 'opt'], ['google/flan-t5-base', 't5'], ['google/mt5-base', 'mt5'], ['google/gemma-2b', 'gemma'],
  ['google/gemma-2-9b', 'gemma2'], ['google/gemma-3-1b-pt', 'gemma3_text'], ['google/gemma-3-4b-pt', 'gemma3'], ['google/paligemma-3b-pt-224', 'paligemma'],
  ['h2oai/h2o-danube3-500m-chat', 'llama'], ['huggyllama/llama-7b', 'llama'], ['ibm-granite/granite-3.3-8b-instruct', 'granite'],
  ['ibm-granite/granite-3b-code-base-2k', 'llama'], ['ibm-granite/granite-34b-code-base-8k', 'gpt_bigcode'], ['ibm-granite/granite-3.0-1b-a400m-base', 'granitemoe'],
  ['ibm-granite/granite-4.0-h-tiny', 'granitemoehybrid'], ['llava-hf/llava-1.5-7b-hf', 'llava'], ['llava-hf/llava-v1.6-mistral-7b-hf', 'llava_next'],
  ['llava-hf/llava-onevision-qwen2-7b-ov-hf', 'llava_onevision'], ['meta-llama/Llama-2-7b-hf', 'llama'], ['meta-llama/Llama-3.1-8B', 'llama'],
  ['meta-llama/Llama-3.2-11B-Vision-Instruct', 'mllama'], ['meta-llama/Llama-4-Scout-17B-16E-Instruct', 'llama4'], ['microsoft/phi-2', 'phi'], ['microsoft/phi-4', 'phi3'],
  ['microsoft/Phi-3-mini-4k-instruct', 'phi3'], ['microsoft/Phi-3.5-MoE-instruct', 'phimoe'], ['mistralai/Mistral-7B-v0.1', 'mistral'],
  ['mistralai/Mixtral-8x7B-v0.1', 'mixtral'], ['moonshotai/Moonlight-16B-A3B', 'deepseek_v3'], ['mosaicml/mpt-7b', 'mpt'], ['nvidia/Minitron-8B-Base', 'nemotron'],
  ['nvidia/Nemotron-H-8B-Base-8K', 'nemotron_h'], ['nvidia/Llama-3.1-Minitron-4B-Width-Base', 'llama'], ['openai-community/gpt2', 'gpt2'], ['openai/gpt-oss-20b', 'gpt_oss'],
  ['rednote-hilab/dots.llm1.inst', 'dots1'], ['stabilityai/stablelm-2-1_6b', 'stablelm'], ['state-spaces/mamba-130m-hf', 'mamba'], ['swiss-ai/Apertus-8B-2509', 'apertus'],
  ['tiiuae/falcon-7b', 'falcon'], ['tiiuae/falcon-mamba-7b', 'falcon_mamba'], ['tiiuae/Falcon3-7B-Base', 'llama'], ['tiiuae/Falcon-H1-0.5B-Base', 'falcon_h1'],
  ['upstage/SOLAR-10.7B-v1.0', 'llama'], ['zai-org/GLM-4-9B-0414', 'glm4'], ['zai-org/GLM-4.5-Air', 'glm4_moe']
]

describe('model_type of catalog models', () => {
  test.each(KNOWN)('%s is %s', (id, modelType) => {
    expect(findModel(id)?.architecture.modelType).toBe(modelType)
  })

  test.each(['internlm/internlm2_5-7b', 'baichuan-inc/Baichuan2-7B-Base', 'LGAI-EXAONE/EXAONE-3.5-7.8B-Instruct', 'zai-org/glm-4-9b'])('%s has none that the engine could follow', (id) => {
    expect(findModel(id)!.architecture.modelType).toBeUndefined()
  })

  test('rotary fractions that differ from their model type are given', () => {
    expect(findModel('microsoft/phi-2')!.architecture.rotaryFraction).toBe(0.4)
    expect(findModel('microsoft/Phi-4-mini-instruct')!.architecture.rotaryFraction).toBe(0.75)
  })

  test('Gemma 3n models have their streams', () => {
    for (const id of ['google/gemma-3n-E2B', 'google/gemma-3n-E4B']) expect(findModel(id)!.architecture.altUp).toMatchObject({ streams: 4, laurelRank: 64 })
  })

  test('all but the models with code of their own have one', () => {
    const without = models.filter((m) => modelTypeOf(m) === null)
    expect(without.length).toBeLessThan(90)
    expect(without.every((m) => m.architecture.modelType === undefined)).toBe(true)
  })
})
