import { describe, expect, it } from 'vitest'
import { defaultMethod, defaultPlan, type Method, type Plan } from '../../plan/index.ts'
import { resolvePlan } from '../resolve.ts'
import type { ResolvedPlan } from '../resolvedPlan.ts'
import { simulate, type Simulation } from '../simulate.ts'
import { DEEPER, findPattern, SHALLOW, withRepeats, type Stack } from '../stack.ts'
import type { Storage } from '../tape/index.ts'
import { streamOf } from './eventStream.ts'
import { unroll } from './unroll.ts'

const MODELS = [
  'meta-llama/Llama-3.1-8B', 'google/gemma-3-4b-pt', 'Qwen/Qwen3-30B-A3B', 'deepseek-ai/DeepSeek-V2-Lite', 'Qwen/Qwen3.5-0.8B', 'allenai/Olmo-3-1025-7B', 'openai/gpt-oss-20b'
]

const ALL_LINEAR = { ...defaultMethod('lora'), targets: 'all-linear' } as Method

function resolvedFor (id: string, changes: { readonly method: Method['kind'], readonly optimizer: Plan['optimizer'], readonly runtime?: Partial<Plan['runtime']> }): ResolvedPlan {
  const plan = defaultPlan(id)
  const resolved = resolvePlan({
    ...plan, method: changes.method === 'lora' ? ALL_LINEAR : defaultMethod(changes.method), optimizer: changes.optimizer,
    data: { ...plan.data, sequenceLength: 256, gradientAccumulation: 2 }, runtime: { ...plan.runtime, ...changes.runtime }
  })
  if (!resolved.ok) throw new Error(JSON.stringify(resolved.problems))
  return resolved.value
}

/** The tapes of 3 and of 4 repeats. */
function tapesOf (resolved: ResolvedPlan, stack: Stack): [Simulation, Simulation] {
  return [simulate(resolved, withRepeats(stack, SHALLOW), { log: false }), simulate(resolved, withRepeats(stack, DEEPER), { log: true })]
}

const SETTINGS = {
  'full fine-tuning, fused': { method: 'full', optimizer: { kind: 'adamw', implementation: 'fused' } },
  'full fine-tuning, one parameter after the other, nothing checkpointed': { method: 'full', optimizer: { kind: 'adamw', implementation: 'loop', clipGradNorm: true }, runtime: { checkpointing: 'none' } },
  'LoRA, foreach, checkpointed by the older way': { method: 'lora', optimizer: { kind: 'adamw', implementation: 'foreach' }, runtime: { checkpointing: 'reentrant' } },
  'QLoRA, paged': { method: 'qlora', optimizer: { kind: 'paged-adamw-8bit', implementation: 'fused' } },
  'the last two layers': { method: 'freeze', optimizer: { kind: 'adamw', implementation: 'fused' } }
} as const

describe.each(MODELS)('%s', (id) => {
  it.each(Object.entries(SETTINGS))('%s: the stream of 4 repeats grows into that of all blocks, event by event', (_, settings) => {
    const resolved = resolvedFor(id, settings)
    const { log } = simulate(resolved, resolved.places, { log: true })
    const stack = findPattern(resolved.places)
    const { units, born, firstStep } = unroll(...tapesOf(resolved, stack), stack)!
    const every = streamOf(log!)
    expect(firstStep).toEqual(every.firstStep)
    expect(Buffer.from(units.buffer).equals(Buffer.from(every.units.buffer))).toBe(true)
    expect(Buffer.from(born.buffer).equals(Buffer.from(every.born.buffer))).toBe(true)
  })
})

describe('a log that is not made of equal repeats is not continued', () => {
  const resolved = resolvedFor('meta-llama/Llama-3.1-8B', SETTINGS['LoRA, foreach, checkpointed by the older way'])
  const stack = findPattern(resolved.places)
  const [shallow, deeper] = tapesOf(resolved, stack)
  const log = deeper.log!
  const inSecond = log.layers.findIndex((layer, i) => layer === 1 && i > log.firstStep[0] && log.events[i]!.bornAt === i)

  it('where a repeat makes more than the tapes differ by', () => {
    expect(unroll({ ...shallow, storages: shallow.storages + 1 }, deeper, stack)).toBeNull()
  })
  it('where something of one repeat counts as outside', () => {
    expect(unroll(shallow, { ...deeper, log: { ...log, layers: log.layers.with(inSecond, 0) } }, stack)).toBeNull()
  })
  it('where one repeat makes something of another size', () => {
    const larger = Object.assign(Object.create(log.events[inSecond]!) as Storage, { bytes: 512 })
    expect(unroll(shallow, { ...deeper, log: { ...log, events: log.events.with(inSecond, larger) } }, stack)).toBeNull()
  })
})
