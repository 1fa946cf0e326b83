import { describe, expect, it } from 'vitest'
import { models } from '../catalog/index.ts'
import { estimate } from '../memory/index.ts'
import { ALGORITHMS, defaultMethod, defaultPlan, LOSS_PATHS, OPTIMIZER_KINDS, PACKINGS, QUANTIZATION_TYPES, withAlgorithm, withQuantization, type Method, type Plan } from '../plan/index.ts'
import { CHINESE_TENSORS, chineseTensor, CODE_NAMES } from './tensorNames.ts'

const base = defaultPlan('Qwen/Qwen2.5-7B')
const METHODS = ['full', 'freeze', 'lora', 'vera', 'ia3', 'oft', 'prefix', 'prompt', 'p-tuning'] as const
const oneOfEachType = [...new Map(models.map((model) => [model.architecture.modelType, model.id])).values()]

const PLANS: Readonly<Record<string, readonly Plan[]>> = {
  'models of every type': oneOfEachType.map(defaultPlan),
  'models of every type without checkpoints, under eager attention': oneOfEachType.map((id) => {
    const plan = defaultPlan(id)
    return { ...plan, method: defaultMethod('full'), runtime: { ...plan.runtime, attention: 'eager', checkpointing: 'none' } }
  }),
  'every method': METHODS.map((kind) => ({ ...base, method: defaultMethod(kind) })),
  'every quantization': QUANTIZATION_TYPES.map((type) => ({ ...base, method: { ...defaultMethod('qlora'), quantization: { type, doubleQuantization: false } } as Method })),
  'every method over quantized weights': METHODS.flatMap((kind) => (['nf4', 'int8'] as const).flatMap((type) => (['none', 'bf16'] as const).map((autocast): Plan => ({
    ...base,
    method: { ...withQuantization(defaultMethod(kind), { type, doubleQuantization: true }), ...kind !== 'full' && kind !== 'freeze' && { upcastUnquantized: autocast === 'none' } } as Method,
    precision: { ...base.precision, autocast },
    runtime: { ...base.runtime, attention: 'efficient', checkpointing: 'none' }
  })))),
  'every optimizer': OPTIMIZER_KINDS.flatMap((kind) => (['fused', 'loop'] as const).map((implementation): Plan => ({ ...base, method: { kind: 'full' }, optimizer: { kind, implementation, clipGradNorm: true } }))),
  'every loss': LOSS_PATHS.map((loss) => ({ ...base, method: { kind: 'full' }, runtime: { ...base.runtime, loss } })),
  'every packing': PACKINGS.flatMap((packing) => (['flash', 'efficient', 'eager'] as const).map((attention): Plan => ({ ...base, model: { id: 'deepseek-ai/DeepSeek-V2-Lite' }, method: { kind: 'full' }, data: { ...base.data, packing }, runtime: { ...base.runtime, attention, checkpointing: 'none' } }))),
  'padded rows in FlashAttention 2': [{ ...base, method: { kind: 'full' }, data: { ...base.data, padding: true }, runtime: { ...base.runtime, attention: 'flash-2', checkpointing: 'none' } }],
  'every kind of images': ['Qwen/Qwen3-VL-2B-Instruct', 'Qwen/Qwen2.5-VL-3B-Instruct', 'google/gemma-3-4b-pt', 'llava-hf/llava-1.5-7b-hf', 'google/paligemma-3b-pt-224', 'zai-org/GLM-4.1V-9B-Thinking', 'OpenGVLab/InternVL3_5-241B-A28B', 'meta-llama/Llama-4-Scout-17B-16E-Instruct'].flatMap((id) => (['flash', 'eager'] as const).map((attention): Plan => {
    const plan = defaultPlan(id)
    return {
      ...plan, method: { kind: 'full' }, vision: { tower: 'trained', projector: 'trained' },
      data: { ...plan.data, sequenceLength: 1024, images: { perSample: 1, height: 448, width: 448 } }, runtime: { ...plan.runtime, attention, checkpointing: 'none' }
    }
  })),
  'every algorithm': ALGORITHMS.map((algorithm) => withAlgorithm(base, algorithm))
}

function tensorsOf (plan: Plan): string[] {
  const result = estimate(plan, { depth: 'fast' })
  return result.ok ? result.value.phases.flatMap((_, phase) => result.value.partsOf(phase).map(({ tensor }) => tensor)) : []
}

describe('the tensors of', () => {
  it.each(Object.entries(PLANS))('%s have Chinese names, or are names from code', (_, plans) => {
    const names = [...new Set(plans.flatMap(tensorsOf))]
    expect(names.length).toBeGreaterThan(10)
    expect(names.filter((name) => !CODE_NAMES.has(name) && CHINESE_TENSORS[name] === undefined && chineseTensor(name) === name)).toEqual([])
  }, 120_000)
})
