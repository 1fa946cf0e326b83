import { hasAdapters, hasTargets, isQuantizable, LIMITS, QUANTIZATION_TYPES, quantizationOf, takesFormat, withQuantization, type Plan, type Quantization } from '#shared/plan/index.ts'
import { quantizationName } from '#shared/report/index.ts'
import { setAt } from '../../stores/immutable.ts'
import { ALPHA, FLOATS, linear, log2, RANK, type Field, type Option } from './field.ts'
import { adaptableModules } from './modules.ts'

const hasAdapter = ({ method }: Plan) => hasAdapters(method)
const isKind = (...kinds: Plan['method']['kind'][]) => ({ method }: Plan) => kinds.includes(method.kind)
const isStoredAs = (...types: string[]) => ({ method }: Plan) => types.includes(quantizationOf(method)?.type ?? '')

const SAVED = ['embed_tokens', 'lm_head'] as const

export const METHOD_FIELDS: readonly Field[] = [
  { kind: 'method', path: 'method', section: 'method', label: 'field.method', help: 'help.method' },
  {
    kind: 'number', path: 'method.trainableLayers', section: 'method', label: 'field.trainableLayers', help: 'help.trainableLayers',
    shown: isKind('freeze'), scale: log2([1, 32], LIMITS.trainableLayers)
  },
  {
    kind: 'several', path: 'method.modules', section: 'method', label: 'rlhf.field.modules', help: 'rlhf.help.modules', advanced: true, emptyIsAbsent: true,
    shown: isKind('freeze'), read: ({ method }) => 'modules' in method ? method.modules ?? [] : [], options: (plan) => adaptableModules(plan).map(asOption)
  },
  {
    kind: 'number', path: 'method.rank', section: 'method', label: 'field.rank', help: 'help.rank', shown: isKind('lora', 'qlora', 'vera'),
    scale: log2([1, 256], LIMITS.rank)
  },
  { kind: 'number', path: 'method.blockSize', section: 'method', label: 'field.blockSize', help: 'help.blockSize', shown: isKind('oft'), scale: log2([2, 512], LIMITS.blockSize) },
  {
    kind: 'number', path: 'method.virtualTokens', section: 'method', label: 'field.virtualTokens', help: 'help.virtualTokens',
    shown: isKind('prefix', 'prompt', 'p-tuning'), scale: log2([1, 256], LIMITS.virtualTokens)
  },
  {
    kind: 'number', path: 'method.encoderHiddenSize', section: 'method', label: 'field.encoderHiddenSize', help: 'help.encoderHiddenSize',
    shown: isKind('p-tuning'), scale: log2([64, 4096], LIMITS.encoderHiddenSize)
  },
  {
    kind: 'open-number', path: 'method.encoderHiddenSize', section: 'method', label: 'field.prefixProjection', help: 'help.prefixProjection',
    shown: isKind('prefix'), scale: log2([64, 4096], LIMITS.encoderHiddenSize), open: null, start: 512
  },
  { kind: 'targets', path: 'method.targets', section: 'method', label: 'field.targets', help: 'help.targets', shown: ({ method }) => hasTargets(method) },
  {
    kind: 'several',
    path: 'method.feedForward',
    section: 'method',
    label: 'field.feedForward',
    help: 'help.feedForward',
    shown: isKind('ia3'),
    options: (plan) => adaptableModules(plan).filter((name) => !hasTargets(plan.method) || plan.method.targets === 'all-linear' || plan.method.targets.includes(name)).map(asOption)
  },
  { kind: 'number', path: 'method.alpha', section: 'method', label: 'field.alpha', help: 'help.alpha', advanced: true, shown: hasAdapter, scale: ALPHA },
  {
    kind: 'number', path: 'method.dropout', section: 'method', label: 'field.dropout', help: 'help.dropout', advanced: true, shown: isKind('lora', 'qlora', 'vera'),
    scale: linear([0, 0.3], [0, 1], 0.01)
  },
  { kind: 'flag', path: 'method.dora', section: 'method', label: 'field.dora', help: 'help.dora', advanced: true, shown: hasAdapter },
  {
    kind: 'choice',
    look: 'menu',
    path: 'method.variant',
    section: 'method',
    label: 'field.variant',
    help: 'help.variant',
    advanced: true,
    absent: 'plain',
    shown: hasAdapter,
    options: [
      { value: 'plain', label: 'option.plain' },
      { value: 'rslora', label: 'option.rslora' },
      { value: 'lora-plus', label: 'option.loraPlus' },
      { value: 'pissa', label: 'option.pissa' }
    ]
  },
  {
    kind: 'pattern', path: 'method.rankPattern', section: 'method', label: 'field.rankPattern', help: 'help.rankPattern', advanced: true, shown: hasAdapter, scale: RANK,
    start: ({ method }) => hasAdapters(method) ? method.rank : 8
  },
  {
    kind: 'pattern', path: 'method.alphaPattern', section: 'method', label: 'field.alphaPattern', help: 'help.alphaPattern', advanced: true, shown: hasAdapter, scale: ALPHA,
    start: ({ method }) => hasAdapters(method) ? method.alpha : 16
  },
  {
    kind: 'several',
    path: 'method.modulesToSave',
    section: 'method',
    label: 'field.modulesToSave',
    help: 'help.modulesToSave',
    advanced: true,
    shown: hasAdapter,
    options: SAVED.map(asOption)
  },
  { kind: 'choice', look: 'segments', path: 'method.adapterType', section: 'method', label: 'field.adapterType', help: 'help.adapterType', advanced: true, shown: ({ method }) => 'adapterType' in method, options: FLOATS },
  {
    kind: 'choice',
    look: 'menu',
    path: 'method.quantization.type',
    section: 'method',
    label: 'field.quantization',
    help: 'help.quantization',
    absent: 'none',
    shown: ({ method }) => isQuantizable(method),
    read: ({ method }) => quantizationOf(method)?.type,
    write: (plan, type) => ({ ...plan, method: withQuantization(plan.method, type === undefined ? null : storedAs(plan, type as Quantization['type'])) }),
    options: ({ method: { kind } }) => [
      ...kind === 'qlora' ? [] : [{ value: 'none', label: 'option.none' } as const],
      ...QUANTIZATION_TYPES.filter((type) => takesFormat(kind, type)).map((type): Option => ({ value: type, label: (locale) => quantizationName(type, locale) }))
    ]
  },
  {
    kind: 'choice', look: 'segments', path: 'method.quantization.bits', section: 'method', label: 'field.bits', help: 'help.bits', advanced: true, numeric: true, absent: '4',
    shown: isStoredAs('gptq', 'hqq'), options: ['2', '3', '4', '8'].map(asOption)
  },
  {
    kind: 'number', path: 'method.quantization.groupSize', section: 'method', label: 'field.groupSize', help: 'help.groupSize', advanced: true,
    absent: (plan) => isStoredAs('hqq')(plan) ? 64 : 128,
    shown: isStoredAs('gptq', 'awq', 'hqq'), scale: log2([32, 1024], LIMITS.groupSize)
  },
  { kind: 'flag', path: 'method.quantization.doubleQuantization', section: 'method', label: 'field.doubleQuantization', help: 'help.doubleQuantization', advanced: true, shown: isStoredAs('nf4', 'fp4') },
  {
    kind: 'flag', path: 'method.upcastUnquantized', section: 'method', label: 'field.upcastUnquantized', help: 'help.upcastUnquantized', advanced: true,
    absent: false,
    shown: ({ method }) => quantizationOf(method) !== null || ('upcastUnquantized' in method && method.upcastUnquantized === true),
    write: (plan, value) => setAt(plan, 'method.upcastUnquantized', value === true || (plan.method.kind === 'qlora' ? false : undefined))
  }
]

/** Another format with the settings of the one before, as far as they meant something there. */
function storedAs (plan: Plan, type: Quantization['type']): Quantization {
  const before = quantizationOf(plan.method)
  return { ...before, type, doubleQuantization: before && isStoredAs('nf4', 'fp4')(plan) ? before.doubleQuantization : type === 'nf4' || type === 'fp4' }
}

/** A name of the framework's, the same in every language. */
function asOption (value: string) {
  return { value, label: () => value }
}
