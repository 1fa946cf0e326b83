import { findModel, models, type CatalogModel } from '../../catalog/index.ts'
import { simulates } from '../../memory/index.ts'
import { parameterCount } from '../../architecture/index.ts'
import { defaultMethod, isQuantizable, OPTIMIZER_KINDS, quantizationOf, QUANTIZATION_TYPES, takesFormat, withQuantization, type Method, type Plan, type Quantization } from '../../plan/index.ts'
import type { Locale } from '../../units/index.ts'

/** A setting that is one of a few, without an order of memory. */
export interface ChoiceAxis {
  readonly kind: 'choice'
  readonly id: ChoiceId
  readonly path: string
  /** All that may be chosen, the plan's own among them. */
  readonly options: (plan: Plan) => readonly string[]
  /** Those to begin with, the plan's own among them. */
  readonly values: (plan: Plan) => readonly string[]
  readonly current: (plan: Plan) => string
  readonly apply: (plan: Plan, value: string) => Plan
  readonly appliesTo: (plan: Plan) => boolean
}

export const CHOICE_IDS = ['model', 'method', 'quantization', 'checkpointing', 'optimizer'] as const
export type ChoiceId = (typeof CHOICE_IDS)[number]

const NAMES: Readonly<Record<ChoiceId, Readonly<Record<Locale, string>>>> = {
  model: { en: 'Model of the family', zh: '同系列模型' },
  method: { en: 'Method', zh: '微调方法' },
  quantization: { en: 'Quantization', zh: '量化' },
  checkpointing: { en: 'Checkpointing', zh: '梯度检查点' },
  optimizer: { en: 'Optimizer', zh: '优化器' }
}

export const choiceName = (id: ChoiceId, locale: Locale = 'en'): string => NAMES[id][locale]

/** Frozen weights as they are. */
export const UNQUANTIZED = 'none'

const withOwn = (values: readonly string[], own: string): readonly string[] => values.includes(own) ? values : [own, ...values]

const COMMON_OPTIMIZERS: readonly string[] = ['adamw', 'adamw-8bit', 'paged-adamw-8bit', 'adafactor', 'lion', 'sgd-momentum'] satisfies Plan['optimizer']['kind'][]
const COMMON_METHODS: readonly string[] = ['full', 'freeze', 'lora', 'qlora'] satisfies Method['kind'][]
const METHODS: readonly string[] = [...COMMON_METHODS, 'vera', 'ia3', 'oft', 'prefix', 'prompt', 'p-tuning'] satisfies string[]
const COMMON_QUANTIZATIONS: readonly string[] = [UNQUANTIZED, 'int8', 'nf4']

const modelOf = ({ model }: Plan): CatalogModel | null => 'id' in model ? findModel(model.id) : null

interface Size {
  readonly id: string
  readonly parameters: number
  readonly rank: number
}

const families = new Map<string, readonly Size[]>()
/** Models of one family that can be simulated, smallest first. */
function familyOf ({ family, tags }: CatalogModel): readonly Size[] {
  const kind = tags.filter((tag) => tag !== 'embedding').join()
  const key = `${family} ${kind}`
  const known = families.get(key) ?? models
    .filter((model) => model.family === family && model.tags.filter((tag) => tag !== 'embedding').join() === kind && simulates(model.architecture))
    .map(({ id, architecture, rank }) => ({ id, parameters: parameterCount(architecture)?.total ?? 0, rank }))
    .sort((a, b) => a.parameters - b.parameters || a.rank - b.rank)
  families.set(key, known)
  return known
}

/** Parameters closer together than this are one size, whoever trained them. */
const ONE_SIZE = 1.05

/** One model of each size: the plan's own, else the one that is used most. */
function sizesOf (family: readonly Size[], own: string): readonly string[] {
  const sizes: Size[][] = []
  for (const model of family) {
    const size = sizes.at(-1)
    if (size && model.parameters <= size[0]!.parameters * ONE_SIZE) size.push(model)
    else sizes.push([model])
  }
  return sizes.map((size) => (size.find(({ id }) => id === own) ?? size.reduce((most, next) => next.rank < most.rank ? next : most)).id)
}

const idOf = (plan: Plan): string => 'id' in plan.model ? modelOf(plan)?.id ?? plan.model.id : ''

/** Another size of the family. A method as it comes is made anew for it, whose layers may have other names. */
function withModel (plan: Plan, id: string): Plan {
  if (id === idOf(plan)) return plan
  const untouched = JSON.stringify(plan.method) === JSON.stringify(defaultMethod(plan.method.kind, idOf(plan)))
  return { ...plan, model: { id }, method: untouched ? defaultMethod(plan.method.kind, id) : plan.method }
}

function quantized (plan: Plan, type: string): Plan {
  if (quantizationType(plan) === type) return plan
  const quantization: Quantization | null = type === UNQUANTIZED ? null : { type: type as Quantization['type'], doubleQuantization: type === 'nf4' || type === 'fp4' }
  return { ...plan, method: withQuantization(plan.method, quantization) }
}

const quantizationType = ({ method }: Plan): string => quantizationOf(method)?.type ?? UNQUANTIZED

function withCheckpointing (plan: Plan, value: string): Plan {
  const checkpointing = value as Plan['runtime']['checkpointing']
  if (checkpointing !== 'none') return { ...plan, runtime: { ...plan.runtime, checkpointing } }
  const { checkpointEvery: _, checkpointOffload: __, checkpointSaves: ___, ...runtime } = plan.runtime
  return { ...plan, runtime: { ...runtime, checkpointing } }
}

function withOptimizer (plan: Plan, kind: string): Plan {
  if (kind === plan.optimizer.kind) return plan
  const { clipGradNorm, emaType } = plan.optimizer
  return {
    ...plan,
    optimizer: { kind: kind as Plan['optimizer']['kind'], implementation: kind === 'adamw' || kind.startsWith('sgd') ? 'fused' : 'foreach', ...clipGradNorm === undefined ? {} : { clipGradNorm }, ...emaType === undefined ? {} : { emaType } }
  }
}

const CHOICES: Readonly<Record<ChoiceId, ChoiceAxis>> = {
  model: {
    kind: 'choice', id: 'model', path: 'model.id',
    appliesTo: (plan) => { const model = modelOf(plan); return model !== null && familyOf(model).length > 1 },
    current: idOf,
    options: (plan) => withOwn(familyOf(modelOf(plan)!).map(({ id }) => id), idOf(plan)),
    values: (plan) => withOwn(sizesOf(familyOf(modelOf(plan)!), idOf(plan)), idOf(plan)),
    apply: withModel
  },
  method: {
    kind: 'choice', id: 'method', path: 'method.kind',
    appliesTo: () => true,
    current: ({ method }) => method.kind,
    options: ({ method }) => withOwn(METHODS, method.kind),
    values: ({ method }) => withOwn(COMMON_METHODS, method.kind),
    apply: (plan, value) => value === plan.method.kind ? plan : { ...plan, method: defaultMethod(value as Method['kind'], idOf(plan)) }
  },
  quantization: {
    kind: 'choice', id: 'quantization', path: 'method.quantization.type',
    appliesTo: ({ method }) => method.kind === 'lora' || isQuantizable(method),
    current: quantizationType,
    options: ({ method }) => [UNQUANTIZED, ...QUANTIZATION_TYPES.filter((type) => takesFormat(method.kind, type))],
    values: (plan) => withOwn(COMMON_QUANTIZATIONS, quantizationType(plan)),
    apply: quantized
  },
  checkpointing: {
    kind: 'choice', id: 'checkpointing', path: 'runtime.checkpointing',
    appliesTo: () => true,
    current: ({ runtime }) => runtime.checkpointing,
    options: () => ['non-reentrant', 'reentrant', 'none'],
    values: () => ['non-reentrant', 'reentrant', 'none'],
    apply: withCheckpointing
  },
  optimizer: {
    kind: 'choice', id: 'optimizer', path: 'optimizer.kind',
    appliesTo: () => true,
    current: ({ optimizer }) => optimizer.kind,
    options: () => OPTIMIZER_KINDS,
    values: ({ optimizer }) => withOwn(COMMON_OPTIMIZERS, optimizer.kind),
    apply: withOptimizer
  }
}

export const choiceById = (id: ChoiceId): ChoiceAxis => CHOICES[id]

/** The choices that a plan has. */
export const choicesOf = (plan: Plan): readonly ChoiceAxis[] => CHOICE_IDS.map(choiceById).filter((axis) => axis.appliesTo(plan))
