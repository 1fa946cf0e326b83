import { hasAdapters, type Plan, type PlanProblem } from '#shared/plan/index.ts'
import { leastCommonMultiple } from '../../stores/algorithmChange.ts'
import { resolve, type Field } from './field.ts'

/** The nearest value that a problem leaves; undefined takes the setting out. */
export interface Fix {
  readonly value: unknown
}

/** Where the sentence names one way out and not a choice, the value that takes it. */
const WAYS: Partial<Record<PlanProblem['code'], unknown>> = {
  'needs-adapters': 'model',
  'generate-in-trainer': 'trainer',
  'prefix-with-checkpointing': 'none',
  'selective-checkpointing': 'non-reentrant',
  'unsloth-checkpointing': 'reentrant',
  'liger-with-kept-logits': false,
  'never-upcast': false,
  'upcast-without-quantization': undefined,
  'format-without-adapter': 'nf4',
  'dora-over-format': false,
  'ia3-needs-autocast': 'bf16',
  'attention-type': 'efficient',
  'block-mask-attention': 'efficient',
  'attention-without-math': 'efficient',
  'flash-head-dim': 'efficient',
  'packing-not-supervised': undefined,
  'packing-positions': 'wrapped',
  'packing-virtual-tokens': 'wrapped',
  'packing-with-padding': false,
  'lengths-need-padding': true,
  'optimizer-implementation': 'fused',
  'needs-checkpointing': undefined,
  'reference-vocabulary': undefined,
  'dora-on-experts': false,
  'no-router-loss': undefined,
  'router-loss-of-another-algorithm': undefined,
  'dropout-on-experts': 0
}

/** What one click on a field's problem would set; null where only the user can know. */
export function fixOf ({ code, path, values }: PlanProblem, field: Field, plan: Plan): Fix | null {
  if (path !== field.path) return null
  if (code === 'beta-needs-reference') return { value: hasAdapters(plan.method) ? 'adapters-off' : 'model' }
  if (code in WAYS) {
    const value = WAYS[code]
    if (code === 'needs-adapters' && path.endsWith('reward.kind')) return { value: 'function' }
    return { value }
  }
  if (code === 'group-does-not-divide' || code === 'micro-batch-does-not-divide') return { value: wholeRollout(plan) }
  if (typeof values?.['suggestion'] === 'number') return { value: values['suggestion'] }
  if (code === 'too-small' && typeof values?.['min'] === 'number') return { value: values['min'] }
  if (code === 'too-large' && typeof values?.['max'] === 'number') return { value: values['max'] }
  if (code === 'not-whole') return { value: Math.max(1, Math.round(Number(values?.['found']))) }
  if (code === 'not-an-option' && field.kind === 'choice') {
    const [first] = resolve(field.options, plan)
    return first ? { value: first.value } : null
  }
  return null
}

/** The nearest number of completions that both groups and micro-batches divide, so that one click is enough. */
function wholeRollout ({ reinforcement, data }: Plan): number {
  const { generationBatch, groupSize } = reinforcement!
  const multiple = leastCommonMultiple(groupSize, data.microBatch)
  return Math.max(1, Math.round(generationBatch / multiple)) * multiple
}
