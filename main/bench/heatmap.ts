import { axisById, sweep, type Assess } from '#shared/advice/index.ts'
import { judge, type TargetDevice } from '#shared/fit/index.ts'
import { estimate } from '#shared/memory/index.ts'
import { defaultPlan, withAlgorithm, type Plan } from '#shared/plan/index.ts'
import { gib, ok } from '#shared/units/index.ts'
import { BENCH_PLANS } from './plans.ts'

const SIDE = 20
const device: TargetDevice = { id: 'a', name: 'Card', capacity: gib(80), free: gib(80), origin: 'catalog', computeCapability: '8.0' }

const assess = (depth: 'fast' | 'full'): Assess => (plan) => {
  const result = estimate(plan, { depth, computeCapability: '8.0', deviceMemory: device.capacity })
  return result.ok ? ok({ estimate: result.value, verdict: judge(result.value, { devices: [device], reserve: 0.3 })!.devices[0]! }) : result
}

function secondsOf (plan: Plan, depth: 'fast' | 'full'): number {
  const x = axisById(plan.reinforcement ? 'completionLength' : 'sequenceLength')
  const y = axisById(plan.reinforcement ? 'generationBatch' : 'microBatch')
  const each = plan.reinforcement ? plan.reinforcement.groupSize : 1
  const steps = Array.from({ length: SIDE }, (_, i) => i + 1)
  const started = performance.now()
  const cells = [...sweep(plan, x, steps.map((step) => step * 256), y, steps.map((step) => step * each), assess(depth))]
  if (cells.some(({ total }) => total === null)) throw new Error(`a cell has no figure: ${JSON.stringify(cells.find(({ total }) => total === null))}`)
  return (performance.now() - started) / 1000
}

/** A grid of 20 × 20 plans as the Explore view computes it: first every cell with the fast path, then again in full. */
export function benchHeatmap (): void {
  const plans: Readonly<Record<string, Plan>> = {
    'Llama-3.1-8B LoRA q v': BENCH_PLANS['Llama-3.1-8B LoRA q v']!,
    'Llama-2-70B QLoRA, checkpointed (80 layers)': BENCH_PLANS['Llama-2-70B QLoRA, checkpointed (80 layers)']!,
    'Llama-3.1-8B LoRA GRPO': withAlgorithm(defaultPlan('meta-llama/Llama-3.1-8B'), 'grpo')
  }
  console.log(`\nheatmap of ${SIDE} × ${SIDE} plans, seconds`)
  for (const [name, plan] of Object.entries(plans)) console.log(`${name.padEnd(50)} ${secondsOf(plan, 'fast').toFixed(2).padStart(9)}`)
  console.log(`${'the first of them again, in full'.padEnd(50)} ${secondsOf(Object.values(plans)[0]!, 'full').toFixed(2).padStart(9)}`)
}
