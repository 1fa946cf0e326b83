import type { Architecture } from '../architecture/index.ts'
import type { Plan, PlanProblem } from '../plan/index.ts'
import { imagePartOf, imagesOf } from './modules/vision/index.ts'

/** Methods that train weights, or put adapters on linear layers wherever these are. */
const REACHES_TOWER: ReadonlySet<Plan['method']['kind']> = new Set(['full', 'freeze', 'lora', 'qlora'])

/** Images, and the training of what sees them, against the model and the other settings. */
export function checkImages (plan: Plan, architecture: Architecture, model: string): PlanProblem[] {
  const images = imagesOf(plan)
  const part = imagePartOf(architecture)
  const problems: PlanProblem[] = []
  const trained = (['tower', 'projector'] as const).filter((which) => plan.vision?.[which] === 'trained')
  for (const which of trained) {
    const path = `vision.${which}`
    if (!architecture.vision) problems.push({ path, code: 'no-vision-tower', values: { model } })
    else if (!part || part.approximates) problems.push({ path, code: 'tower-not-trained', values: { model } })
    else if (!images) problems.push({ path, code: 'vision-needs-images' })
    else if (!REACHES_TOWER.has(plan.method.kind)) problems.push({ path, code: 'vision-not-by-method' })
  }
  if (!images) return problems
  const path = 'data.images'
  if (!architecture.vision) return [...problems, { path, code: 'no-vision-tower', values: { model } }]
  if (plan.algorithm !== 'sft') return [...problems, { path, code: 'images-need-sft' }]
  if (plan.method.kind === 'prompt' || plan.method.kind === 'p-tuning') return [...problems, { path, code: 'images-with-prompt' }]
  if (plan.data.packing) return [...problems, { path, code: 'images-with-packing' }]
  if (!part) return problems
  const each = part.imageTokens(architecture, images)
  const tokens = each * images.perSample
  const { sequenceLength } = plan.data
  if (tokens > sequenceLength) {
    const suggestion = Math.floor(sequenceLength / each)
    problems.push({ path: 'data.images.perSample', code: 'images-too-long', values: { tokens, each, sequence: sequenceLength, ...suggestion > 0 ? { suggestion } : {} } })
  }
  return problems
}
