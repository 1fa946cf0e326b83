import type { Plan } from '#shared/plan/index.ts'
import type { MessageKey } from '../../i18n/index.ts'
import type { Field, NumberField } from './field.ts'

const isTypedIn = (plan: Plan) => 'architecture' in plan.model

const shapeField = (name: string, label: MessageKey, soft: readonly [number, number], max: number, scale: 'log2' | 'linear' = 'log2', step = 1): NumberField => ({
  kind: 'number',
  path: `model.architecture.${name}`,
  section: 'model',
  label,
  help: 'help.shape',
  shown: isTypedIn,
  scale: { kind: scale, soft, hard: [1, max], step, whole: true }
})

export const MODEL_FIELDS: readonly Field[] = [
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
  {
    kind: 'choice',
    look: 'segments',
    path: 'model.architecture.qkNorm',
    section: 'model',
    label: 'field.qkNorm',
    help: 'help.qkNorm',
    absent: 'none',
    shown: isTypedIn,
    options: [{ value: 'none', label: 'option.none' }, { value: 'head', label: 'option.perHead' }]
  }
]
