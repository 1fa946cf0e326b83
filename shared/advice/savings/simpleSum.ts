import type { Category, Estimate } from '../../memory/index.ts'
import { quantizationOf, type Plan } from '../../plan/index.ts'

/** A term of the comparison: what the simple sum says, what is really there at the peak, and which categories that is. */
export interface Term {
  readonly term: TermName
  readonly simple: number
  readonly real: number
  readonly categories: readonly Category[]
}

export const TERMS = ['weights', 'gradients', 'optimizer-states', 'activations', 'logits-and-loss', 'temporaries', 'workspace', 'context', 'fragmentation'] as const
export type TermName = (typeof TERMS)[number]

const CATEGORIES_OF: Readonly<Record<TermName, readonly Category[]>> = {
  'weights': ['weights', 'quantization-state', 'adapters'],
  'gradients': ['gradients'],
  'optimizer-states': ['optimizer-states', 'master-weights'],
  'activations': ['activations', 'checkpoints'],
  'logits-and-loss': ['logits-and-loss'],
  'temporaries': ['temporaries'],
  'workspace': ['workspace'],
  'context': ['context'],
  'fragmentation': ['fragmentation']
}

export interface SumComparison {
  readonly terms: readonly Term[]
  /** Parameters × bytes: weights, gradients and optimizer states. */
  readonly simple: number
  /** What nvidia-smi would show. */
  readonly real: number
}

const SIZE = { fp32: 4, bf16: 2, fp16: 2 } as const

/**
 * The sum that is often done by hand, parameters × bytes for weights, gradients and optimizer states, beside the estimate at its
 * peak, term by term. Both columns add up to their totals.
 */
export function compareWithSimpleSum (estimate: Estimate): SumComparison {
  const { plan, parameters, breakdown, total } = estimate
  const trained = parameters.trainable * trainedSize(plan)
  const adapters = trainsBase(plan) ? 0 : trained
  const simple: Partial<Record<TermName, number>> = {
    'weights': parameters.total * weightSize(plan) + adapters,
    'gradients': trained,
    'optimizer-states': parameters.trainable * stateSize(plan)
  }
  const terms = TERMS.map((term): Term => ({
    term,
    simple: simple[term] ?? 0,
    real: CATEGORIES_OF[term].reduce((sum, category) => sum + (breakdown[category] ?? 0), 0),
    categories: CATEGORIES_OF[term]
  }))
  return { terms, simple: terms.reduce((sum, t) => sum + t.simple, 0), real: total.expected }
}

const trainsBase = ({ method }: Plan): boolean => method.kind === 'full' || method.kind === 'freeze'

/** Nominal bytes of a weight of the base model: as if every one were quantized, without scales. */
function weightSize ({ method, precision }: Plan): number {
  const quantization = quantizationOf(method)
  if (!quantization) return SIZE[precision.weights]
  const { type, bits } = quantization
  switch (type) {
    case 'int8': case 'eetq': case 'fp8': return 1
    case 'aqlm': return 0.25
    case 'gptq': case 'hqq': return (bits ?? 4) / 8
    case 'nf4': case 'fp4': case 'mxfp4': case 'awq': return 0.5
  }
}

const trainedSize = (plan: Plan): number => 'adapterType' in plan.method ? SIZE[plan.method.adapterType] : SIZE[plan.precision.weights]

/** Bytes of optimizer state per trained parameter, as it is counted by hand: whole states only. */
function stateSize (plan: Plan): number {
  const p = trainedSize(plan)
  switch (plan.optimizer.kind) {
    case 'none': case 'sgd': case 'lomo': case 'adalomo': case 'adafactor': case 'paged-adamw-8bit': case 'paged-adamw-32bit': case 'paged-lion-8bit': case 'paged-lion-32bit': return 0
    case 'sgd-momentum': case 'rmsprop': case 'adagrad': case 'lion': case 'muon': case 'schedule-free-sgd': case 'adam-mini': return p
    case 'adamw': return plan.optimizer.amsgrad ? 3 * p : 2 * p
    case 'schedule-free-adamw': case 'soap': case 'galore': case 'apollo': case 'badam': return 2 * p
    case 'adamw-32bit': return 8
    case 'lion-32bit': return 4
    case 'adamw-8bit': case 'torchao-adamw-8bit': case 'torchao-adamw-fp8': return 2
    case 'lion-8bit': case 'torchao-adamw-4bit': return 1
  }
}
