import { hasAdapters, LIMITS, virtualTokensOf, type Plan } from '../../plan/index.ts'
import type { Locale } from '../../units/index.ts'

/** A number that a sweep varies and a solver maximizes. Memory never falls when it grows. */
export interface SweepAxis {
  readonly kind: 'number'
  readonly id: AxisId
  readonly path: string
  /** Values to begin with, ascending, around the plan's own. */
  readonly values: (plan: Plan) => readonly number[]
  readonly current: (plan: Plan) => number
  readonly apply: (plan: Plan, value: number) => Plan
  readonly appliesTo: (plan: Plan) => boolean
  readonly range: { readonly min: number, readonly max: number }
  /** The only values that the plan's other settings allow, ascending. Absent: every whole number of the range. */
  readonly allowed?: (plan: Plan) => readonly number[] | Steps
  /** Too small a value is refused as well: a solver cannot begin at the smallest. */
  readonly needsAtLeast?: boolean
}

/** Every multiple of a number. */
export interface Steps { readonly step: number }

export const AXIS_IDS = ['sequenceLength', 'microBatch', 'rank', 'trainableLayers', 'virtualTokens', 'promptLength', 'completionLength', 'generationBatch', 'engineShare'] as const
export type AxisId = (typeof AXIS_IDS)[number]

const NAMES: Readonly<Record<AxisId, Readonly<Record<Locale, string>>>> = {
  sequenceLength: { en: 'Sequence length', zh: '序列长度' },
  microBatch: { en: 'Micro-batch', zh: '微批大小' },
  rank: { en: 'LoRA rank', zh: 'LoRA 秩' },
  trainableLayers: { en: 'Trained blocks', zh: '可训练层数' },
  virtualTokens: { en: 'Virtual tokens', zh: '虚拟词元数' },
  promptLength: { en: 'Prompt length', zh: '提示长度' },
  completionLength: { en: 'Completion length', zh: '补全长度' },
  generationBatch: { en: 'Completions at a time', zh: '每次生成数量' },
  engineShare: { en: 'Engine’s share of the card', zh: '推理引擎显存占比' }
}

export const axisName = (id: AxisId, locale: Locale = 'en'): string => NAMES[id][locale]

const ascending = (values: readonly number[]): readonly number[] => [...new Set(values)].sort((a, b) => a - b)

/** Doublings from `from` to `to`, with the plan's own value among them. */
const powers = (from: number, to: number) => (current: number): readonly number[] => {
  const list: number[] = []
  for (let value = from; value <= to; value *= 2) list.push(value)
  return ascending([...list, current])
}

const data = (field: 'sequenceLength' | 'microBatch', from: number, to: number): Omit<SweepAxis, 'appliesTo'> => ({
  kind: 'number', id: field, path: `data.${field}`, range: LIMITS[field],
  current: ({ data: d }) => d[field],
  values: ({ data: d }) => powers(from, to)(d[field]),
  apply: (plan, value) => ({ ...plan, data: { ...plan.data, [field]: value } })
})

type RolloutField = 'promptLength' | 'completionLength' | 'generationBatch'

const rollout = (field: RolloutField, from: number, to: number, range: SweepAxis['range']): SweepAxis => ({
  kind: 'number', id: field, path: `reinforcement.${field}`, range,
  appliesTo: ({ reinforcement }) => reinforcement !== undefined,
  current: ({ reinforcement }) => reinforcement![field],
  values: ({ reinforcement }) => powers(from, to)(reinforcement![field]),
  apply: (plan, value) => ({ ...plan, reinforcement: { ...plan.reinforcement!, [field]: value } })
})

const divisors = (n: number): number[] => Array.from({ length: Math.min(n, LIMITS.microBatch.max) }, (_, i) => i + 1).filter((d) => n % d === 0)
const gcd = (a: number, b: number): number => b === 0 ? a : gcd(b, a % b)
/** A rollout holds whole groups of completions and whole micro-batches. */
const wholeRollout = ({ reinforcement, data: { microBatch } }: Plan): number => {
  const { groupSize } = reinforcement!
  return groupSize * microBatch / gcd(groupSize, microBatch)
}
const hundredths = (from: number, to: number, step: number): number[] => Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => (from + i * step) / 100)

const AXES: Readonly<Record<AxisId, SweepAxis>> = {
  // The length of a rollout is that of its prompt and completion.
  sequenceLength: { ...data('sequenceLength', 256, 131_072), appliesTo: ({ reinforcement }) => reinforcement === undefined },
  microBatch: {
    ...data('microBatch', 1, 128),
    appliesTo: () => true,
    values: ({ data: d, reinforcement }) => reinforcement ? ascending([...divisors(reinforcement.generationBatch).filter((value) => value <= 128), d.microBatch]) : powers(1, 128)(d.microBatch),
    allowed: ({ reinforcement }) => reinforcement ? divisors(reinforcement.generationBatch) : { step: 1 }
  },
  rank: {
    kind: 'number', id: 'rank', path: 'method.rank', range: LIMITS.rank,
    appliesTo: ({ method }) => hasAdapters(method),
    current: ({ method }) => hasAdapters(method) ? method.rank : 0,
    values: ({ method }) => powers(4, 512)(hasAdapters(method) ? method.rank : 8),
    apply: (plan, value) => ({ ...plan, method: { ...plan.method, rank: value } as Plan['method'] })
  },
  trainableLayers: {
    kind: 'number', id: 'trainableLayers', path: 'method.trainableLayers', range: LIMITS.trainableLayers,
    appliesTo: ({ method }) => method.kind === 'freeze',
    current: ({ method }) => method.kind === 'freeze' ? method.trainableLayers : 0,
    values: ({ method }) => powers(1, 64)(method.kind === 'freeze' ? method.trainableLayers : 1),
    apply: (plan, value) => ({ ...plan, method: { kind: 'freeze', trainableLayers: value } })
  },
  virtualTokens: {
    kind: 'number', id: 'virtualTokens', path: 'method.virtualTokens', range: LIMITS.virtualTokens,
    appliesTo: ({ method }) => virtualTokensOf(method) > 0,
    current: ({ method }) => virtualTokensOf(method),
    values: ({ method }) => powers(8, 1024)(virtualTokensOf(method)),
    apply: (plan, value) => ({ ...plan, method: { ...plan.method, virtualTokens: value } as Plan['method'] })
  },
  promptLength: rollout('promptLength', 128, 32_768, LIMITS.sequenceLength),
  completionLength: rollout('completionLength', 128, 65_536, LIMITS.sequenceLength),
  generationBatch: {
    ...rollout('generationBatch', 1, 512, LIMITS.generationBatch),
    values: (plan) => powers(wholeRollout(plan), Math.max(512, wholeRollout(plan)))(plan.reinforcement!.generationBatch),
    allowed: (plan) => ({ step: wholeRollout(plan) })
  },
  engineShare: {
    kind: 'number', id: 'engineShare', path: 'reinforcement.rollout.share', range: { min: 0.01, max: 1 },
    appliesTo: ({ reinforcement }) => reinforcement !== undefined && reinforcement.rollout.engine !== 'hugging-face' && reinforcement.rollout.place !== 'elsewhere',
    current: ({ reinforcement }) => reinforcement!.rollout.share,
    values: ({ reinforcement }) => ascending([...hundredths(10, 90, 10), reinforcement!.rollout.share]),
    apply: (plan, value) => ({ ...plan, reinforcement: { ...plan.reinforcement!, rollout: { ...plan.reinforcement!.rollout, share: value } } }),
    allowed: () => hundredths(1, 100, 1),
    needsAtLeast: true
  }
}

export const axisById = (id: AxisId): SweepAxis => AXES[id]

/** The axes that mean something for a plan. */
export const axesOf = (plan: Plan): readonly SweepAxis[] => AXIS_IDS.map(axisById).filter((axis) => axis.appliesTo(plan))
