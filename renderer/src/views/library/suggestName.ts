import { hasAdapters, type Plan } from '#shared/plan/index.ts'
import type { Translate } from '../../i18n/index.ts'

/** A first name for a plan: `Llama 3.1 8B LoRA r8 · b4 · s2048`. */
export function suggestName (plan: Plan, modelName: (id: string) => string, t: Translate): string {
  const model = 'id' in plan.model ? modelName(plan.model.id) : 'config' in plan.model ? plan.model.name : plan.model.architecture.name
  const method = `${t(`option.${plan.method.kind}`)}${hasAdapters(plan.method) ? ` r${plan.method.rank}` : ''}`
  return `${model} ${method} · b${plan.data.microBatch} · s${plan.data.sequenceLength}`
}
