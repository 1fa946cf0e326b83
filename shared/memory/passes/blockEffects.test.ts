import { describe, expect, it } from 'vitest'
import { defaultPlan, type Plan } from '../../plan/index.ts'
import { resolvePlan } from '../resolve.ts'
import type { ResolvedPlan } from '../resolvedPlan.ts'
import { simulate, type Simulation } from '../simulate.ts'
import { simulateStacks } from '../simulateStacks.ts'
import type { LayerPlace } from '../stack.ts'
import { BlockEffects } from './blockEffects.ts'
import { contextsOf, representative } from './representative.ts'

const stack = (kinds: string): LayerPlace[] => [...kinds].map((kind) => ({ kind, trained: true }))
const text = (places: readonly LayerPlace[]): string => places.map((place) => place.kind).join('')

describe('the representative stack', () => {
  it.each([
    ['a'.repeat(32), 'aaa'],
    ['d' + 'm'.repeat(26), 'dmmm'],
    ['lllg'.repeat(12), 'lllglg'],
    ['mmma'.repeat(3) + 'mm', 'mmmammam']
  ])('%s has every context of the stack', (kinds) => {
    const few = representative(stack(kinds))
    expect(new Set(contextsOf(few))).toEqual(new Set(contextsOf(stack(kinds))))
    expect(few.length).toBeLessThan(kinds.length)
    expect(text(few)[0]).toBe(kinds[0])
  })
})

const SETTINGS: Readonly<Record<string, (plan: Plan) => Plan>> = {
  'full, checkpointed': (plan) => ({ ...plan, method: { kind: 'full' } }),
  'full, fp32 under autocast, nothing checkpointed': (plan) => ({
    ...plan, method: { kind: 'full' }, precision: { ...plan.precision, weights: 'fp32', autocast: 'bf16' }, runtime: { ...plan.runtime, checkpointing: 'none' }
  }),
  'LoRA, non-reentrant': (plan) => ({ ...plan, data: { ...plan.data, padding: true, microBatch: 2 } }),
  'LoRA, reentrant, two micro-batches': (plan) => ({ ...plan, data: { ...plan.data, gradientAccumulation: 2 }, runtime: { ...plan.runtime, checkpointing: 'reentrant' } }),
  'the last three layers': (plan) => ({ ...plan, method: { kind: 'freeze', trainableLayers: 3 } })
}
const MODELS = [
  'Qwen/Qwen3-Next-80B-A3B-Instruct', 'Qwen/Qwen3.5-0.8B', 'google/gemma-3-4b-pt', 'ibm-granite/granite-4.0-h-tiny', 'ai21labs/Jamba-v0.1',
  'nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16', 'allenai/Olmo-3-1025-7B', 'moonshotai/Kimi-Linear-48B-A3B-Instruct', 'XiaomiMiMo/MiMo-V2-Flash', 'LiquidAI/LFM2-24B-A2B'
]

/** Probabilities of one block live until the next is done: no two neighbours are alike. */
const eager = (plan: Plan): Plan => ({ ...plan, runtime: { ...plan.runtime, attention: 'eager', checkpointing: 'none' } })

const seen = ({ phases, trainableParameters, optimizerSpread }: Simulation): unknown => [
  trainableParameters, optimizerSpread,
  phases.map(({ kind, step, micro, liveAfter, heldAfter, segments }) => [kind, step, micro, liveAfter, heldAfter, [...segments].map(([segment, { bytes, held }]) => [segment, bytes, held])])
]

function resolvedFor (id: string, set: (plan: Plan) => Plan): ResolvedPlan {
  const resolved = resolvePlan(set(defaultPlan(id)))
  if (!resolved.ok) throw new Error(JSON.stringify(resolved.problems))
  return resolved.value
}

describe.each(MODELS)('what few blocks of %s did stands for the others', (id) => {
  it.each(Object.entries(SETTINGS))('%s', (_, set) => {
    const resolved = resolvedFor(id, set)
    const effects = new BlockEffects()
    simulate(resolved, representative(resolved.places), { log: false, effects })
    expect(seen(simulate(resolved, resolved.places, { log: false, effects, replays: true }))).toEqual(seen(simulate(resolved, resolved.places, { log: false })))
  })
  it('or all are run', () => {
    const resolved = resolvedFor(id, eager)
    expect(seen(simulateStacks(resolved, [resolved.places])[0])).toEqual(seen(simulate(resolved, resolved.places, { log: false })))
  })
})
