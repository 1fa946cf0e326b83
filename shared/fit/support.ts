import type { GpuFeatures } from '../catalog/index.ts'
import type { Plan } from '../plan/index.ts'
import type { Locale } from '../units/index.ts'
import type { TargetDevice } from './target.ts'

/** Something the plan needs and the card lacks; `change` is the nearest plan that does without. */
export interface Refusal {
  readonly feature: keyof GpuFeatures
  /** The field that asks for it. */
  readonly path: string
  readonly change: Plan
}

/**
 * What of the plan the card cannot do. Where a feature is not known nothing is refused.
 * bf16 matrix units: compute capability 8.0 (CUDA C++ programming guide; before, torch emulates bf16 in software). FlashAttention 2: 8.0
 * (its README, and torch aten/src/ATen/native/transformers/cuda/sdp_utils.cpp check_sm_version). fp8: 8.9 (transformers
 * quantizers/quantizer_finegrained_fp8.py).
 */
export function refusalsOf (plan: Plan, device: TargetDevice): Refusal[] {
  const { features } = device
  if (!features) return []
  const refusals: Refusal[] = []
  const lacks = (feature: keyof GpuFeatures): boolean => features[feature] === false
  if (lacks('bf16') && usesBf16(plan)) refusals.push({ feature: 'bf16', path: bf16Path(plan), change: withoutBf16(plan) })
  if (lacks('flashAttention2') && plan.runtime.attention.startsWith('flash')) {
    refusals.push({ feature: 'flashAttention2', path: 'runtime.attention', change: { ...plan, runtime: { ...plan.runtime, attention: 'efficient' } } })
  }
  const { method } = plan
  if (lacks('fp8') && method.kind === 'qlora' && method.quantization.type === 'fp8') {
    refusals.push({
      feature: 'fp8',
      path: 'method.quantization.type',
      change: { ...plan, method: { ...method, quantization: { type: 'int8', doubleQuantization: false } } }
    })
  }
  return refusals
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

const NAMES: Readonly<Record<keyof GpuFeatures, Readonly<Record<Locale, string>>>> = {
  bf16: { en: 'bf16', zh: 'bf16' },
  fp8: { en: 'fp8', zh: 'fp8' },
  flashAttention2: { en: 'FlashAttention 2', zh: 'FlashAttention 2' }
}

const REASONS: Readonly<Record<keyof GpuFeatures, Readonly<Record<Locale, string>>>> = {
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
  }
}

export const featureName = (feature: keyof GpuFeatures, locale: Locale = 'en'): string => NAMES[feature][locale]

/** One sentence that says what is missing, and the nearest choice. */
export const describeRefusal = ({ feature }: Refusal, device: TargetDevice, locale: Locale = 'en'): string =>
  REASONS[feature][locale].replace('{gpu}', device.name)
