import { describe, expect, it } from 'vitest'
import { findModel, models } from '../../../catalog/index.ts'
import { defaultMethod, type Plan } from '../../../plan/index.ts'
import { estimate } from '../../estimate.ts'
import { DENSE_FAMILIES } from './denseFamilies.ts'
import { familyOf } from './index.ts'

/** A small model of the catalog per family, and two whose layers are of several kinds. */
const MODELS = [
  'meta-llama/Llama-3.2-1B', 'mistralai/Mistral-7B-v0.1', 'Qwen/Qwen2.5-0.5B', 'Qwen/Qwen3-0.6B', 'google/gemma-2b', 'google/gemma-2-2b', 'google/gemma-3-1b-pt',
  'EleutherAI/pythia-160m', 'microsoft/Phi-3-mini-4k-instruct', 'microsoft/Phi-4-mini-instruct', 'microsoft/phi-2', 'zai-org/GLM-4-9B-0414',
  'zai-org/glm-edge-4b-chat', 'allenai/OLMo-1B-hf', 'allenai/OLMo-2-0425-1B', 'allenai/Olmo-3-1025-7B', 'CohereLabs/aya-expanse-8b', 'CohereLabs/c4ai-command-r-plus', 'CohereLabs/c4ai-command-r7b-12-2024',
  'ibm-granite/granite-3.3-2b-instruct', 'HuggingFaceTB/SmolLM3-3B', 'LGAI-EXAONE/EXAONE-4.0-1.2B', 'LGAI-EXAONE/EXAONE-4.0-32B', 'stabilityai/stablelm-2-1_6b',
  'bigcode/starcoder2-3b', 'bigcode/starcoderbase-1b', 'nvidia/Nemotron-Mini-4B-Instruct', 'openai-community/gpt2', 'facebook/opt-1.3b', 'arcee-ai/AFM-4.5B-Base',
  'ByteDance-Seed/Seed-OSS-36B-Instruct', 'tencent/Hunyuan-7B-Instruct', 'baidu/ERNIE-4.5-0.3B-PT', 'tiiuae/falcon-40b',
  'bigscience/bloom-560m', 'EleutherAI/gpt-j-6b', 'EleutherAI/gpt-neo-125m', 'mosaicml/mpt-7b', 'tiiuae/falcon-7b', 'swiss-ai/Apertus-8B-2509', 'facebook/opt-350m', 'openbmb/MiniCPM3-4B', 'google/gemma-4-E2B', 'unsloth/Muse-Glimmer-30B',
  'OrionStarAI/Orion-14B-Base', 'Tele-AI/TeleChat2-7B', 'microsoft/Phi-3-small-8k-instruct', 'nvidia/Llama-3_3-Nemotron-Super-49B-v1', 'meta-llama/Llama-3.2-11B-Vision'
]

function planOf (id: string, changes: { method?: Plan['method'], data?: Partial<Plan['data']>, runtime?: Partial<Plan['runtime']>, fp32?: boolean }): Plan {
  return {
    type: 'headroom/plan',
    version: 1,
    model: { id },
    algorithm: 'sft',
    method: changes.method ?? { kind: 'full' },
    precision: changes.fp32 ? { weights: 'fp32', autocast: 'bf16', outputsToFp32: true } : { weights: 'bf16', autocast: 'none', outputsToFp32: false },
    optimizer: { kind: 'adamw', implementation: 'fused' },
    data: { sequenceLength: 5000, microBatch: 1, gradientAccumulation: 1, padding: false, ...changes.data },
    runtime: { attention: 'flash', checkpointing: 'none', loss: 'hugging-face', fusedKernels: [], keepsLogits: false, ...changes.runtime }
  } as Plan
}

const PLANS = [
  ['full fine-tuning past the window', {}],
  ['fp32 weights, autocast, recomputation', { fp32: true, data: { sequenceLength: 700, microBatch: 2 }, runtime: { checkpointing: 'non-reentrant' } }],
  ['LoRA, padding, reentrant', { method: { ...defaultMethod('lora'), targets: 'all-linear' } as Plan['method'], data: { sequenceLength: 700, microBatch: 2, padding: true }, runtime: { checkpointing: 'reentrant' } }],
  ['QLoRA, eager', { method: { ...defaultMethod('qlora'), targets: 'all-linear' } as Plan['method'], data: { sequenceLength: 300 }, runtime: { attention: 'eager' } }]
] as const

describe.each(MODELS)('%s', (id) => {
  it('runs as its own file does', () => {
    const { architecture, displayName } = findModel(id)!
    const family = familyOf(architecture, displayName)
    expect(family.ok && family.value.modelTypes).toContain(architecture.modelType)
  })

  // Past the window for every model, and one of the other plans in turn.
  const turn = 1 + MODELS.indexOf(id) % (PLANS.length - 1)
  it.each([PLANS[0], PLANS[turn]!])('%s: the fast path equals the full tape, and a stated assumption is not needed', (_, changes) => {
    const plan = planOf(id, changes)
    const [fast, full] = (['fast', 'full'] as const).map((depth) => {
      const result = estimate(plan, { depth })
      if (!result.ok) throw new Error(JSON.stringify(result.problems))
      return result.value
    })
    expect(fast!.phases).toEqual(full!.phases)
    expect(full!.assumptions.map((a) => a.code)).not.toContain('family-as-llama')
  })
})

it('the tests above cover every dense family that a catalog model belongs to', () => {
  const covered = new Set(MODELS.map((id) => findModel(id)!.architecture.modelType))
  const known = new Set(DENSE_FAMILIES.flatMap((f) => f.modelTypes))
  const inCatalog = new Set(models.map((m) => m.architecture.modelType).filter((t) => t !== undefined && known.has(t)))
  expect([...inCatalog].filter((t) => !covered.has(t))).toEqual([])
})
