import { hasAdapters, LIMITS, type Plan } from '../../plan/index.ts'
import type { Locale } from '../../units/index.ts'

/** A setting that a sweep varies and a solver maximizes. Memory never falls when it grows. */
export interface SweepAxis {
  readonly id: AxisId
  readonly path: string
  /** Values to begin with, ascending, around the plan's own. */
  readonly values: (plan: Plan) => readonly number[]
  readonly current: (plan: Plan) => number
  readonly apply: (plan: Plan, value: number) => Plan
  readonly appliesTo: (plan: Plan) => boolean
  readonly range: { readonly min: number, readonly max: number }
}

export const AXIS_IDS = ['sequenceLength', 'microBatch', 'rank', 'trainableLayers', 'promptLength', 'completionLength', 'generationBatch'] as const
export type AxisId = (typeof AXIS_IDS)[number]

const NAMES: Readonly<Record<AxisId, Readonly<Record<Locale, string>>>> = {
  sequenceLength: { en: 'Sequence length', zh: '序列长度' },
  microBatch: { en: 'Micro-batch', zh: '微批大小' },
  rank: { en: 'LoRA rank', zh: 'LoRA 秩' },
  trainableLayers: { en: 'Trained blocks', zh: '可训练层数' },
  promptLength: { en: 'Prompt length', zh: '提示长度' },
  completionLength: { en: 'Completion length', zh: '补全长度' },
  generationBatch: { en: 'Completions at a time', zh: '每次生成数量' }
}

export const axisName = (id: AxisId, locale: Locale = 'en'): string => NAMES[id][locale]

/** Powers of two from `from` to `to`, with the plan's own value among them. */
const powers = (from: number, to: number) => (current: number): readonly number[] => {
  const list: number[] = []
  for (let value = from; value <= to; value *= 2) list.push(value)
  return [...new Set([...list, current])].sort((a, b) => a - b)
}

const data = (field: 'sequenceLength' | 'microBatch', from: number, to: number): Omit<SweepAxis, 'appliesTo'> => ({
  id: field, path: `data.${field}`, range: LIMITS[field],
  current: ({ data: d }) => d[field],
  values: ({ data: d }) => powers(from, to)(d[field]),
  apply: (plan, value) => ({ ...plan, data: { ...plan.data, [field]: value } })
})

const rollout = (field: 'promptLength' | 'completionLength' | 'generationBatch', from: number, to: number, range: SweepAxis['range']): SweepAxis => ({
  id: field, path: `reinforcement.${field}`, range,
  appliesTo: ({ reinforcement }) => reinforcement !== undefined,
  current: ({ reinforcement }) => reinforcement![field],
  values: ({ reinforcement }) => powers(from, to)(reinforcement![field]),
  apply: (plan, value) => ({ ...plan, reinforcement: { ...plan.reinforcement!, [field]: value } })
})

const AXES: Readonly<Record<AxisId, SweepAxis>> = {
  // The length of a rollout is that of its prompt and completion.
  sequenceLength: { ...data('sequenceLength', 256, 131_072), appliesTo: ({ reinforcement }) => reinforcement === undefined },
  microBatch: { ...data('microBatch', 1, 128), appliesTo: () => true },
  rank: {
    id: 'rank', path: 'method.rank', range: LIMITS.rank,
    appliesTo: ({ method }) => hasAdapters(method),
    current: ({ method }) => hasAdapters(method) ? method.rank : 0,
    values: ({ method }) => powers(4, 512)(hasAdapters(method) ? method.rank : 8),
    apply: (plan, value) => ({ ...plan, method: { ...plan.method, rank: value } as Plan['method'] })
  },
  trainableLayers: {
    id: 'trainableLayers', path: 'method.trainableLayers', range: LIMITS.trainableLayers,
    appliesTo: ({ method }) => method.kind === 'freeze',
    current: ({ method }) => method.kind === 'freeze' ? method.trainableLayers : 0,
    values: ({ method }) => powers(1, 64)(method.kind === 'freeze' ? method.trainableLayers : 1),
    apply: (plan, value) => ({ ...plan, method: { kind: 'freeze', trainableLayers: value } })
  },
  promptLength: rollout('promptLength', 128, 32_768, LIMITS.sequenceLength),
  completionLength: rollout('completionLength', 128, 65_536, LIMITS.sequenceLength),
  generationBatch: rollout('generationBatch', 1, 512, LIMITS.generationBatch)
}

export const axisById = (id: AxisId): SweepAxis => AXES[id]

/** The axes that mean something for a plan. */
export const axesOf = (plan: Plan): readonly SweepAxis[] => AXIS_IDS.map(axisById).filter((axis) => axis.appliesTo(plan))
