import { hasAdapters, LIMITS, OPTIMIZER_KINDS, type Plan } from '#shared/plan/index.ts'
import { optimizerName } from '#shared/report/index.ts'
import type { Locale } from '#shared/units/index.ts'
import { sentenceCase } from '../../composables/formatValue.ts'
import type { NumberScale } from '../../composables/numberScale.ts'
import type { MessageKey } from '../../i18n/index.ts'

/*
 * The plan form as data: what each field is called, where it lives in the document, what it may be. The form, its errors
 * and its help are generated from this list.
 */

export type SectionId = 'model' | 'method' | 'batch' | 'runtime' | 'precision' | 'optimizer'

interface FieldBase {
  /** Path in the plan document; also the field's identity. */
  readonly path: string
  readonly section: SectionId
  readonly label: MessageKey
  readonly help: MessageKey
  /** Folded away until asked for. */
  readonly advanced?: boolean
  /** What it means that the document does not have this field. Only for fields it may lack. */
  readonly absent?: boolean | number
  /** Absent: always. */
  readonly shown?: (plan: Plan) => boolean
}

export interface NumberField extends FieldBase {
  readonly kind: 'number'
  readonly scale: NumberScale
  readonly unit?: MessageKey
}

export interface Option {
  readonly value: string
  /** A sentence of the workbench, or a name that the engine's vocabulary has. */
  readonly label: MessageKey | ((locale: Locale) => string)
}

export interface ChoiceField extends FieldBase {
  readonly kind: 'choice'
  readonly options: readonly Option[]
  /** segments: all options in sight; menu: where their names are long. */
  readonly look: 'segments' | 'menu'
}

/** Fields with a form of their own. */
interface PlainField<K extends string> extends FieldBase { readonly kind: K }

/** Any number of options at once: a list in the document. */
export interface SeveralField extends FieldBase {
  readonly kind: 'several'
  readonly options: readonly Option[]
}

export type Field = NumberField | ChoiceField | SeveralField | PlainField<'flag'> | PlainField<'model'> | PlainField<'method'> | PlainField<'targets'>

const log2 = (soft: readonly [number, number], limits: { readonly min: number, readonly max: number }): NumberScale =>
  ({ kind: 'log2', soft, hard: [limits.min, limits.max], step: 1, whole: true })
const linear = (soft: readonly [number, number], hard: readonly [number, number], step: number): NumberScale =>
  ({ kind: 'linear', soft, hard, step, whole: Number.isInteger(step) })

const hasAdapter = (plan: Plan) => hasAdapters(plan.method)
const hasOptimizer = (plan: Plan) => plan.optimizer.kind !== 'none'
/** Those with a choice of code paths. */
const TORCH_OPTIMIZERS: readonly string[] = ['adamw', 'sgd', 'sgd-momentum', 'rmsprop', 'adagrad']
const isQuantized = (plan: Plan) => plan.method.kind === 'qlora'
const isTypedIn = (plan: Plan) => 'architecture' in plan.model

const floats: readonly Option[] = [
  { value: 'fp32', label: 'option.fp32' },
  { value: 'bf16', label: 'option.bf16' },
  { value: 'fp16', label: 'option.fp16' }
]

const shapeField = (name: string, label: MessageKey, soft: readonly [number, number], max: number, scale: 'log2' | 'linear' = 'log2', step = 1): NumberField => ({
  kind: 'number',
  path: `model.architecture.${name}`,
  section: 'model',
  label,
  help: 'help.shape',
  shown: isTypedIn,
  scale: { kind: scale, soft, hard: [1, max], step, whole: true }
})

export const FIELDS: readonly Field[] = [
  { kind: 'model', path: 'model', section: 'model', label: 'field.model', help: 'help.model' },
  shapeField('hiddenSize', 'field.hiddenSize', [256, 16384], 1_048_576),
  shapeField('intermediateSize', 'field.intermediateSize', [512, 65536], 4_194_304),
  shapeField('layers', 'field.layers', [1, 128], 4096, 'linear'),
  shapeField('heads', 'field.heads', [1, 128], 4096, 'linear'),
  shapeField('kvHeads', 'field.kvHeads', [1, 128], 4096, 'linear'),
  shapeField('headDim', 'field.headDim', [32, 256], 4096, 'linear', 32),
  shapeField('vocabSize', 'field.vocabSize', [1024, 262_144], 16_777_216),
  { kind: 'flag', path: 'model.architecture.tiedEmbeddings', section: 'model', label: 'field.tiedEmbeddings', help: 'help.tiedEmbeddings', shown: isTypedIn },
  {
    kind: 'choice',
    look: 'segments',
    path: 'model.architecture.attentionBias',
    section: 'model',
    label: 'field.attentionBias',
    help: 'help.shape',
    shown: isTypedIn,
    options: [{ value: 'none', label: 'option.none' }, { value: 'qkv', label: 'option.qkv' }, { value: 'all', label: 'option.all' }]
  },

  { kind: 'method', path: 'method', section: 'method', label: 'field.method', help: 'help.method' },
  {
    kind: 'number', path: 'method.trainableLayers', section: 'method', label: 'field.trainableLayers', help: 'help.trainableLayers',
    shown: (plan) => plan.method.kind === 'freeze', scale: log2([1, 32], LIMITS.trainableLayers)
  },
  {
    kind: 'number', path: 'method.rank', section: 'method', label: 'field.rank', help: 'help.rank', shown: hasAdapter,
    scale: log2([1, 256], LIMITS.rank)
  },
  { kind: 'targets', path: 'method.targets', section: 'method', label: 'field.targets', help: 'help.targets', shown: hasAdapter },
  {
    kind: 'number', path: 'method.alpha', section: 'method', label: 'field.alpha', help: 'help.alpha', advanced: true, shown: hasAdapter,
    scale: { kind: 'log2', soft: [1, 512], hard: [0, 1_000_000], step: 1, whole: false }
  },
  {
    kind: 'number', path: 'method.dropout', section: 'method', label: 'field.dropout', help: 'help.dropout', advanced: true, shown: hasAdapter,
    scale: linear([0, 0.3], [0, 1], 0.01)
  },
  { kind: 'flag', path: 'method.dora', section: 'method', label: 'field.dora', help: 'help.dora', advanced: true, shown: hasAdapter },
  {
    kind: 'several',
    path: 'method.modulesToSave',
    section: 'method',
    label: 'field.modulesToSave',
    help: 'help.modulesToSave',
    advanced: true,
    shown: hasAdapter,
    options: [{ value: 'embed_tokens', label: 'option.embedTokens' }, { value: 'lm_head', label: 'option.lmHead' }]
  },
  { kind: 'choice', look: 'segments', path: 'method.adapterType', section: 'method', label: 'field.adapterType', help: 'help.adapterType', advanced: true, shown: hasAdapter, options: floats },
  {
    kind: 'choice',
    look: 'segments',
    path: 'method.quantization.type',
    section: 'method',
    label: 'field.quantization',
    help: 'help.quantization',
    advanced: true,
    shown: isQuantized,
    options: [{ value: 'nf4', label: 'option.nf4' }, { value: 'fp4', label: 'option.fp4' }]
  },
  { kind: 'flag', path: 'method.quantization.doubleQuantization', section: 'method', label: 'field.doubleQuantization', help: 'help.doubleQuantization', advanced: true, shown: isQuantized },
  { kind: 'flag', path: 'method.upcastUnquantized', section: 'method', label: 'field.upcastUnquantized', help: 'help.upcastUnquantized', advanced: true, shown: isQuantized },

  {
    kind: 'number', path: 'data.sequenceLength', section: 'batch', label: 'field.sequenceLength', help: 'help.sequenceLength', unit: 'unit.tokens',
    scale: log2([512, 32_768], LIMITS.sequenceLength)
  },
  { kind: 'number', path: 'data.microBatch', section: 'batch', label: 'field.microBatch', help: 'help.microBatch', scale: log2([1, 64], LIMITS.microBatch) },
  { kind: 'number', path: 'data.gradientAccumulation', section: 'batch', label: 'field.gradientAccumulation', help: 'help.gradientAccumulation', scale: log2([1, 64], LIMITS.gradientAccumulation) },
  { kind: 'flag', path: 'data.padding', section: 'batch', label: 'field.padding', help: 'help.padding', advanced: true },

  {
    kind: 'choice',
    look: 'menu',
    path: 'runtime.checkpointing',
    section: 'runtime',
    label: 'field.checkpointing',
    help: 'help.checkpointing',
    options: [
      { value: 'none', label: 'option.off' },
      { value: 'non-reentrant', label: 'option.nonReentrant' },
      { value: 'reentrant', label: 'option.reentrant' }
    ]
  },
  {
    kind: 'choice',
    look: 'menu',
    path: 'runtime.attention',
    section: 'runtime',
    label: 'field.attention',
    help: 'help.attention',
    options: [
      { value: 'flash', label: 'option.flash' },
      { value: 'flash-repeated-kv', label: 'option.flashRepeatedKv' },
      { value: 'efficient', label: 'option.efficient' },
      { value: 'eager', label: 'option.eager' }
    ]
  },
  {
    kind: 'choice',
    look: 'menu',
    path: 'runtime.loss',
    section: 'runtime',
    label: 'field.loss',
    help: 'help.loss',
    options: [
      { value: 'hugging-face', label: 'option.lossHuggingFace' },
      { value: 'hugging-face-shift', label: 'option.lossShift' },
      { value: 'liger-fused-linear', label: 'option.lossLiger' }
    ]
  },
  {
    kind: 'several',
    path: 'runtime.fusedKernels',
    section: 'runtime',
    label: 'field.fusedKernels',
    help: 'help.fusedKernels',
    advanced: true,
    options: [{ value: 'rms-norm', label: 'option.rmsNorm' }, { value: 'rope', label: 'option.rope' }, { value: 'swiglu', label: 'option.swiglu' }]
  },
  { kind: 'flag', path: 'runtime.keepsLogits', section: 'runtime', label: 'field.keepsLogits', help: 'help.keepsLogits', advanced: true },

  { kind: 'choice', look: 'segments', path: 'precision.weights', section: 'precision', label: 'field.weights', help: 'help.weights', options: floats },
  {
    kind: 'choice',
    look: 'segments',
    path: 'precision.autocast',
    section: 'precision',
    label: 'field.autocast',
    help: 'help.autocast',
    options: [{ value: 'none', label: 'option.off' }, ...floats.slice(1)]
  },
  { kind: 'flag', path: 'precision.outputsToFp32', section: 'precision', label: 'field.outputsToFp32', help: 'help.outputsToFp32', advanced: true },

  {
    kind: 'choice',
    look: 'menu',
    path: 'optimizer.kind',
    section: 'optimizer',
    label: 'field.optimizer',
    help: 'help.optimizer',
    options: OPTIMIZER_KINDS.map((kind) => ({ value: kind, label: (locale) => sentenceCase(optimizerName(kind, locale)) }))
  },
  {
    kind: 'choice',
    look: 'segments',
    path: 'optimizer.implementation',
    section: 'optimizer',
    label: 'field.implementation',
    help: 'help.implementation',
    shown: ({ optimizer }) => TORCH_OPTIMIZERS.includes(optimizer.kind),
    options: [{ value: 'fused', label: 'option.fused' }, { value: 'foreach', label: 'option.foreach' }, { value: 'loop', label: 'option.loop' }]
  },
  {
    kind: 'number', path: 'optimizer.lowRank', section: 'optimizer', label: 'field.lowRank', help: 'help.lowRank', absent: 128,
    shown: ({ optimizer }) => optimizer.kind === 'galore' || optimizer.kind === 'apollo', scale: log2([8, 1024], LIMITS.rank)
  },
  { kind: 'flag', path: 'optimizer.amsgrad', section: 'optimizer', label: 'field.amsgrad', help: 'help.amsgrad', advanced: true, absent: false, shown: ({ optimizer }) => optimizer.kind === 'adamw' },
  { kind: 'flag', path: 'optimizer.firstMoment', section: 'optimizer', label: 'field.firstMoment', help: 'help.firstMoment', advanced: true, absent: false, shown: ({ optimizer }) => optimizer.kind === 'adafactor' },
  { kind: 'flag', path: 'optimizer.clipGradNorm', section: 'optimizer', label: 'field.clipGradNorm', help: 'help.clipGradNorm', advanced: true, absent: false, shown: hasOptimizer },
  { kind: 'flag', path: 'optimizer.inBackward', section: 'optimizer', label: 'field.inBackward', help: 'help.inBackward', advanced: true, absent: false, shown: hasOptimizer }
]

export const SECTIONS: readonly SectionId[] = ['model', 'method', 'batch', 'runtime', 'precision', 'optimizer']

/** The field that a problem belongs to: the one whose path is the longest beginning of the problem's. Null: of the plan as a whole. */
export function fieldOf (problemPath: string, fields: readonly Field[]): Field | null {
  const owners = fields.filter(({ path }) => problemPath === path || problemPath.startsWith(`${path}.`) || problemPath.startsWith(`${path}[`))
  return owners.reduce<Field | null>((best, next) => !best || next.path.length > best.path.length ? next : best, null)
}
