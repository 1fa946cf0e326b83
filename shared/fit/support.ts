import type { GpuFeatures } from '../catalog/index.ts'
import type { Estimate } from '../memory/index.ts'
import { quantizationOf, withQuantization, type Plan } from '../plan/index.ts'
import type { Locale } from '../units/index.ts'
import type { TargetDevice } from './target.ts'

/** `engine-share`: the inference engine would have no room for the cache of one sequence. */
export type RefusedFeature = keyof GpuFeatures | 'engine-share'

/** Something the plan needs and the card lacks; `change` is the nearest plan that does without. */
export interface Refusal {
  readonly feature: RefusedFeature
  /** The field that asks for it. */
  readonly path: string
  readonly change: Plan
}

/**
 * What of the plan the card cannot do. Where a feature is not known nothing is refused.
 * bf16 matrix units: compute capability 8.0 (CUDA C++ programming guide; before, torch emulates bf16 in software). FlashAttention 2: 8.0
 * (its README, and torch aten/src/ATen/native/transformers/cuda/sdp_utils.cpp check_sm_version); cuDNN's kernel: 8.0 too (check_cudnn_hardware_support).
 * FlashAttention 3: Hopper (its README). fp8: 8.9 (transformers
 * quantizers/quantizer_finegrained_fp8.py).
 */
export function refusalsOf (plan: Plan, device: TargetDevice): Refusal[] {
  const { features } = device
  if (!features) return []
  const refusals: Refusal[] = []
  const lacks = (feature: keyof GpuFeatures): boolean => features[feature] === false
  if (lacks('bf16') && usesBf16(plan)) refusals.push({ feature: 'bf16', path: bf16Path(plan), change: withoutBf16(plan) })
  if (lacks('flashAttention2') && (plan.runtime.attention.startsWith('flash') || plan.runtime.attention === 'cudnn')) {
    refusals.push({ feature: 'flashAttention2', path: 'runtime.attention', change: { ...plan, runtime: { ...plan.runtime, attention: 'efficient' } } })
  }
  if (lacks('flashAttention3') && plan.runtime.attention === 'flash-3' && !lacks('flashAttention2')) {
    refusals.push({ feature: 'flashAttention3', path: 'runtime.attention', change: { ...plan, runtime: { ...plan.runtime, attention: 'flash' } } })
  }
  const { method } = plan
  if (lacks('fp8') && quantizationOf(method)?.type === 'fp8') {
    refusals.push({
      feature: 'fp8',
      path: 'method.quantization.type',
      change: { ...plan, method: withQuantization(method, { type: 'int8', doubleQuantization: false }) }
    })
  }
  return refusals
}

/** An engine whose share of this card does not hold its weights and the cache of its longest sequence does not start. */
export function engineRefusals ({ plan, engine }: Estimate): Refusal[] {
  const { reinforcement } = plan
  if (!reinforcement || !engine || engine.cachePool === null || engine.cachePool >= engine.cacheAtLeast || engine.smallestShare! > 1) return []
  const rollout = { ...reinforcement.rollout, share: Math.min(1, engine.smallestShare!) }
  return [{ feature: 'engine-share', path: 'reinforcement.rollout.share', change: { ...plan, reinforcement: { ...reinforcement, rollout } } }]
}

/** The plan with every refusal's change. */
export function supportedPlan (plan: Plan, device: TargetDevice): Plan {
  const first = refusalsOf(plan, device)[0]
  return first ? supportedPlan(first.change, device) : plan
}

const usesBf16 = ({ precision, method }: Plan): boolean =>
  precision.weights === 'bf16' || precision.autocast === 'bf16' || ('adapterType' in method && method.adapterType === 'bf16')

const bf16Path = ({ precision }: Plan): string => precision.autocast === 'bf16' ? 'precision.autocast' : precision.weights === 'bf16' ? 'precision.weights' : 'method.adapterType'

/**
 * fp16 in its place. Weights that are trained stay fp32 under fp16 autocast: torch's GradScaler refuses fp16 gradients
 * (torch/amp/grad_scaler.py "Attempting to unscale FP16 gradients").
 */
function withoutBf16 (plan: Plan): Plan {
  const { precision, method } = plan
  const trainsWeights = method.kind === 'full' || method.kind === 'freeze'
  const change = {
    ...plan,
    precision: {
      ...precision,
      weights: precision.weights !== 'bf16' ? precision.weights : trainsWeights ? 'fp32' as const : 'fp16' as const,
      autocast: precision.autocast === 'bf16' || precision.weights === 'bf16' ? 'fp16' as const : precision.autocast
    }
  }
  return 'adapterType' in method && method.adapterType === 'bf16' ? { ...change, method: { ...method, adapterType: 'fp32' } } : change
}

const NAMES: Readonly<Record<RefusedFeature, Readonly<Record<Locale, string>>>> = {
  bf16: { en: 'bf16', zh: 'bf16' },
  fp8: { en: 'fp8', zh: 'fp8' },
  flashAttention2: { en: 'FlashAttention 2', zh: 'FlashAttention 2' },
  flashAttention3: { en: 'FlashAttention 3', zh: 'FlashAttention 3' },
  'engine-share': { en: 'engine share', zh: '引擎显存占比' }
}

const REASONS: Readonly<Record<RefusedFeature, Readonly<Record<Locale, string>>>> = {
  bf16: {
    en: '{gpu} has no bf16 units (they begin with Ampere, compute capability 8.0). Use fp16 autocast; weights that are trained stay in fp32.',
    zh: '{gpu} 没有 bf16 计算单元（Ampere、计算能力 8.0 起才有）。请使用 fp16 自动混合精度，参与训练的权重保持 fp32。'
  },
  fp8: {
    en: '{gpu} cannot compute in fp8 (compute capability 8.9 and later). Quantize the frozen weights to int8 instead.',
    zh: '{gpu} 不支持 fp8 计算（需计算能力 8.9 及以上）。请改用 int8 量化冻结权重。'
  },
  flashAttention2: {
    en: '{gpu} cannot run FlashAttention 2 (compute capability 8.0 and later). SDPA’s memory-efficient kernel works.',
    zh: '{gpu} 无法运行 FlashAttention 2（需计算能力 8.0 及以上）。可使用 SDPA 的 memory-efficient 内核。'
  },
  flashAttention3: {
    en: '{gpu} cannot run FlashAttention 3, which is made for Hopper (compute capability 9.0). FlashAttention 2 works.',
    zh: '{gpu} 无法运行 FlashAttention 3（仅支持 Hopper、计算能力 9.0）。可使用 FlashAttention 2。'
  },
  'engine-share': {
    en: 'The inference engine’s share of {gpu} has no room for the cache of one sequence beside its weights. Give it at least {share}.',
    zh: '推理引擎在 {gpu} 上的占比除权重外容不下一条序列的 KV 缓存。请至少设为 {share}。'
  }
}

export const featureName = (feature: RefusedFeature, locale: Locale = 'en'): string => NAMES[feature][locale]

/** One sentence that says what is missing, and the nearest choice. */
export const describeRefusal = ({ feature, change }: Refusal, device: TargetDevice, locale: Locale = 'en'): string =>
  REASONS[feature][locale].replace('{gpu}', device.name).replace('{share}', String(change.reinforcement?.rollout.share ?? ''))
