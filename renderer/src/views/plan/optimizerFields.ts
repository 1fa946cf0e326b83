import { KINDS_WITH_IMPLEMENTATION, LIMITS, OPTIMIZER_KINDS, type Plan } from '#shared/plan/index.ts'
import { optimizerName } from '#shared/report/index.ts'
import { sentenceCase } from '../../composables/formatValue.ts'
import { FLOATS, log2, type Field } from './field.ts'

const isKind = (...kinds: Plan['optimizer']['kind'][]) => ({ optimizer }: Plan) => kinds.includes(optimizer.kind)
const hasOptimizer = (plan: Plan) => plan.optimizer.kind !== 'none'

export const OPTIMIZER_FIELDS: readonly Field[] = [
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
    shown: isKind(...KINDS_WITH_IMPLEMENTATION),
    options: [{ value: 'fused', label: 'option.fused' }, { value: 'foreach', label: 'option.foreach' }, { value: 'loop', label: 'option.loop' }]
  },
  {
    kind: 'number', path: 'optimizer.lowRank', section: 'optimizer', label: 'field.lowRank', help: 'help.lowRank', absent: 128,
    shown: isKind('galore', 'apollo'), scale: log2([8, 1024], LIMITS.rank)
  },
  { kind: 'flag', path: 'optimizer.amsgrad', section: 'optimizer', label: 'field.amsgrad', help: 'help.amsgrad', advanced: true, absent: false, shown: isKind('adamw') },
  { kind: 'flag', path: 'optimizer.firstMoment', section: 'optimizer', label: 'field.firstMoment', help: 'help.firstMoment', advanced: true, absent: false, shown: isKind('adafactor') },
  { kind: 'flag', path: 'optimizer.clipGradNorm', section: 'optimizer', label: 'field.clipGradNorm', help: 'help.clipGradNorm', advanced: true, absent: false, shown: hasOptimizer },
  { kind: 'flag', path: 'optimizer.inBackward', section: 'optimizer', label: 'field.inBackward', help: 'help.inBackward', advanced: true, absent: false, shown: hasOptimizer },
  {
    kind: 'choice', look: 'segments', path: 'optimizer.emaType', section: 'optimizer', label: 'field.emaType', help: 'help.emaType', advanced: true, absent: 'none',
    shown: hasOptimizer, options: [{ value: 'none', label: 'option.none' }, ...FLOATS]
  }
]
