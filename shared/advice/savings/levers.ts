import { defaultMethod, hasAdapters, isQuantizable, longestRow, quantizationOf, upcastsUnquantized, withQuantization, type Plan } from '../../plan/index.ts'
import { ALGORITHM_LEVERS, isAlgorithmLever, pullAlgorithm } from './algorithmLevers.ts'

/* The usual ways to need less memory, each as a change of one plan. */

export const LEVERS = [
  'lora', 'qlora', 'quantized-base', 'checkpointing', 'offload-checkpoints', 'autocast', 'pure-bf16', 'micro-batch', 'smaller-batch', 'sequence', 'fused-loss', 'fused-kernels',
  'optimizer-8bit', 'fused-optimizer', 'flash-attention', ...ALGORITHM_LEVERS
] as const
export type Lever = (typeof LEVERS)[number]

/** Losses that hold the logits of all tokens at once. */
const ONE_PASS_LOSSES: ReadonlySet<string> = new Set(['hugging-face', 'hugging-face-shift', 'hugging-face-in-model', 'trl-nll', 'liger-cross-entropy'])

/** The plan changed by a lever; null where it has nothing to change. Whether the model takes it is for the estimate to say. */
export function pull (lever: Lever, plan: Plan): Plan | null {
  if (isAlgorithmLever(lever)) return pullAlgorithm(lever, plan)
  const { runtime, data, optimizer } = plan
  switch (lever) {
    case 'lora': return trainsWholeBlocks(plan) ? onAdamW({ ...plan, method: { ...defaultMethod('lora'), targets: 'all-linear' } as Plan['method'], precision: withBf16Weights(plan) }) : null
    case 'qlora': return toQlora(plan)
    case 'quantized-base': return toQuantizedBase(plan)
    case 'checkpointing': return runtime.checkpointing === 'none' ? withRuntime(plan, { checkpointing: 'non-reentrant' }) : everyBlock(plan)
    case 'offload-checkpoints': return runtime.checkpointing === 'none' || runtime.checkpointOffload ? null : withRuntime(plan, { checkpointOffload: 'host' })
    case 'autocast': return plan.precision.weights === 'fp32' && plan.precision.autocast === 'none' ? { ...plan, precision: { weights: 'fp32', autocast: 'bf16', outputsToFp32: true } } : null
    case 'pure-bf16': return toPureBf16(plan)
    case 'micro-batch': return halvedBatch(plan)
    case 'smaller-batch': return data.microBatch < 2 ? null : { ...plan, data: { ...data, microBatch: Math.ceil(data.microBatch / 2) } }
    // The length of a rollout is that of its prompt and completion.
    case 'sequence': return data.sequenceLength >= 2 && !plan.reinforcement ? { ...plan, data: { ...data, sequenceLength: Math.ceil(Math.min(data.sequenceLength, longestRow(plan)) / 2) } } : null
    case 'fused-loss': return runtime.loss === 'liger-fused-linear' || plan.algorithm !== 'sft' ? null : withRuntime(plan, { loss: 'liger-fused-linear', keepsLogits: false })
    case 'fused-kernels': return runtime.fusedKernels.length === 3 ? null : withRuntime(plan, { fusedKernels: ['rms-norm', 'rope', 'swiglu'] })
    case 'optimizer-8bit': return optimizer.kind === 'adamw' || optimizer.kind === 'adamw-32bit' ? withOptimizer(plan, 'adamw-8bit') : null
    case 'fused-optimizer': return optimizer.implementation !== 'fused' && optimizer.kind === 'adamw' ? { ...plan, optimizer: { ...optimizer, implementation: 'fused' } } : null
    case 'flash-attention': return withFlash(plan)
  }
}

/** The plan without what a lever gives it; null where it does not have it. */
export function release (lever: Lever, plan: Plan): Plan | null {
  const { runtime, optimizer, method, precision } = plan
  switch (lever) {
    case 'lora': return method.kind === 'lora' ? { ...plan, method: { kind: 'full' } } : null
    case 'qlora': return method.kind === 'qlora' ? { ...plan, method: withQuantization(method, null) } : null
    case 'quantized-base': return method.kind !== 'qlora' && quantizationOf(method) ? { ...plan, method: withQuantization(method, null) } : null
    case 'checkpointing': return runtime.checkpointing === 'none' ? null : withoutCheckpointing(plan)
    case 'offload-checkpoints': {
      const { checkpointOffload, ...rest } = runtime
      return checkpointOffload ? { ...plan, runtime: rest } : null
    }
    case 'autocast': return precision.weights === 'fp32' && precision.autocast !== 'none' ? asWide({ ...plan, precision: { weights: 'fp32', autocast: 'none', outputsToFp32: false } }) : null
    case 'pure-bf16': return precision.weights !== 'fp32' && trainsWholeBlocks(plan) ? { ...plan, precision: { weights: 'fp32', autocast: 'bf16', outputsToFp32: true } } : null
    case 'fused-loss': return ONE_PASS_LOSSES.has(runtime.loss) || plan.algorithm !== 'sft' ? null : withRuntime(plan, { loss: 'hugging-face' })
    case 'fused-kernels': return runtime.fusedKernels.length > 0 ? withRuntime(plan, { fusedKernels: [] }) : null
    case 'optimizer-8bit': return optimizer.kind === 'adamw-8bit' ? withOptimizer(plan, 'adamw') : null
    case 'fused-optimizer': return optimizer.kind === 'adamw' && optimizer.implementation === 'fused' ? { ...plan, optimizer: { ...optimizer, implementation: 'foreach' } } : null
    case 'flash-attention': return runtime.attention === 'eager' || runtime.attention === 'math' ? null : withRuntime(plan, { attention: 'eager' })
    default: return null
  }
}

function withoutCheckpointing (plan: Plan): Plan {
  const { checkpointEvery: _, checkpointOffload: __, checkpointSaves: ___, ...runtime } = plan.runtime
  return { ...plan, runtime: { ...runtime, checkpointing: 'none' } }
}

/** FlashAttention's package where rows are padded or packed, which SDPA's flash kernel gives way to; no flash kernel takes fp32 or a mask of blocks. */
function withFlash (plan: Plan): Plan | null {
  const { data: { padding, packing }, runtime: { attention } } = plan
  const unequal = padding || packing === 'padding-free' || packing === 'packed'
  const best = isWide(plan) || packing === 'block-mask' ? 'efficient' : unequal ? 'flash-2' : 'flash'
  return attention === best || attention === 'flash-2' || attention === 'flash-3' ? null : withRuntime(plan, { attention: best })
}

const isWide = ({ precision }: Plan): boolean => precision.weights === 'fp32' && precision.autocast === 'none'

/** FlashAttention takes 16-bit types only. */
const asWide = (plan: Plan): Plan => plan.runtime.attention.startsWith('flash') || plan.runtime.attention === 'cudnn' ? withRuntime(plan, { attention: 'efficient' }) : plan

const withRuntime = (plan: Plan, changes: Partial<Plan['runtime']>): Plan => ({ ...plan, runtime: { ...plan.runtime, ...changes } })

function withOptimizer (plan: Plan, kind: Plan['optimizer']['kind']): Plan {
  const { clipGradNorm, emaType } = plan.optimizer
  return { ...plan, optimizer: { kind, implementation: 'fused', ...(clipGradNorm === undefined ? {} : { clipGradNorm }), ...(emaType === undefined ? {} : { emaType }) } }
}

const trainsWholeBlocks = ({ method }: Plan): boolean => method.kind === 'full' || method.kind === 'freeze'

/** Optimizers that work on matrices or on blocks of the whole model make no sense on adapters. */
const onAdamW = (plan: Plan): Plan =>
  ['badam', 'lomo', 'adalomo', 'galore', 'apollo', 'muon', 'soap'].includes(plan.optimizer.kind) ? withOptimizer(plan, 'adamw') : plan

/** A frozen base needs no fp32 copy: adapters are trained over 16-bit weights. */
const withBf16Weights = ({ precision }: Plan): Plan['precision'] =>
  precision.weights === 'fp32' ? { weights: 'bf16', autocast: 'bf16', outputsToFp32: true } : precision

function toQlora (plan: Plan): Plan | null {
  const { method } = plan
  if (method.kind === 'qlora') return null
  const qlora = defaultMethod('qlora')
  if (method.kind !== 'lora') return trainsWholeBlocks(plan) ? onAdamW({ ...plan, method: qlora, precision: withBf16Weights(plan) }) : null
  return { ...plan, method: { ...qlora, ...method, kind: 'qlora' } as Plan['method'], precision: withBf16Weights(plan) }
}

/** Under methods that are not LoRA. */
function toQuantizedBase (plan: Plan): Plan | null {
  const { method } = plan
  if (!isQuantizable(method) || quantizationOf(method)) return null
  return { ...plan, method: withQuantization(method, { type: 'nf4', doubleQuantization: true }), precision: withBf16Weights(plan) }
}

function everyBlock (plan: Plan): Plan | null {
  if ((plan.runtime.checkpointEvery ?? 1) === 1 && !plan.runtime.checkpointSaves) return null
  const { checkpointEvery: _, checkpointSaves: __, ...runtime } = plan.runtime
  return { ...plan, runtime }
}

function toPureBf16 (plan: Plan): Plan | null {
  const { method, precision } = plan
  const narrow: Plan['method'] = 'adapterType' in method ? { ...method, adapterType: 'bf16' } : method
  const upcast = upcastsUnquantized(narrow)
  const changed = precision.weights === 'fp32' || upcast || (hasAdapters(method) && method.adapterType === 'fp32')
  if (!changed) return null
  return { ...plan, precision: { weights: 'bf16', autocast: 'none', outputsToFp32: false }, method: upcast && isQuantizable(narrow) ? { ...narrow, upcastUnquantized: false } : narrow }
}

/** Half the rows at a time, twice as often: the same optimizer step. */
function halvedBatch (plan: Plan): Plan | null {
  const { microBatch, gradientAccumulation } = plan.data
  if (microBatch < 2) return null
  const half = Math.ceil(microBatch / 2)
  return { ...plan, data: { ...plan.data, microBatch: half, gradientAccumulation: Math.ceil(microBatch * gradientAccumulation / half) } }
}
