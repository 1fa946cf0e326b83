import { describe, expect, it } from 'vitest'
import { defaultPlan, withAlgorithm, type Algorithm, type Plan, type Reinforcement } from '../../plan/index.ts'
import { gib } from '../../units/index.ts'
import { estimate, type Estimate } from '../index.ts'
import { resolvePlan } from '../resolve.ts'
import { simulate } from '../simulate.ts'
import { Tape, type Storage } from '../tape/index.ts'

const MODEL = 'Qwen/Qwen2.5-0.5B'
const base = (change: Partial<Plan> = {}): Plan => ({ ...defaultPlan(MODEL), data: { sequenceLength: 512, microBatch: 2, gradientAccumulation: 2, padding: false }, ...change })
const plan = (algorithm: Algorithm, change: Partial<Plan> = {}): Plan => withAlgorithm(base(change), algorithm)
const rollout = (algorithm: Algorithm, change: Partial<Reinforcement>, rest: Partial<Plan> = {}): Plan => {
  const made = plan(algorithm, rest)
  return { ...made, reinforcement: { ...made.reinforcement!, promptLength: 128, completionLength: 128, ...change } }
}
const FULL: Partial<Plan> = { method: { kind: 'full' } }
const engine = (change: Partial<Reinforcement['rollout']> = {}): Partial<Reinforcement> => ({ rollout: { ...plan('grpo').reinforcement!.rollout, engine: 'vllm', ...change } })

const CRITIC = { kind: 'model', weights: 'bf16', method: 'full', place: 'device' } as const
const REWARD = { kind: 'model', weights: 'bf16', place: 'device', between: 'device' } as const

const PLANS: readonly (readonly [string, Plan])[] = [
  ['DPO, adapters off', plan('dpo')],
  ['DPO, a reference of its own', plan('dpo', FULL)],
  ['KTO', plan('kto', FULL)],
  ['ORPO', plan('orpo')],
  ['CPO', plan('cpo')],
  ['reward model', plan('reward-model', FULL)],
  ['GRPO', rollout('grpo', {})],
  ['GRPO with a reference and old log-probabilities', rollout('grpo', { beta: 0.04, reference: 'model', oldLogProbabilities: true }, FULL)],
  ['GRPO with an entropy bonus', rollout('grpo', { entropyBonus: true })],
  ['RLOO', rollout('rloo', {})],
  ['DPO with the loss sft', { ...plan('dpo', FULL), preference: { ...plan('dpo', FULL).preference!, loss: 'sft' } }],
  ['LLaMA-Factory’s DPO', { ...plan('dpo'), preference: { ...plan('dpo').preference!, framework: 'llama-factory' } }],
  ['OpenRLHF’s KTO', { ...plan('kto', FULL), preference: { ...plan('kto', FULL).preference!, framework: 'openrlhf' } }],
  ['PPO with a value head and a reward adapter', rollout('ppo', { reward: { kind: 'adapter' } })],
  ['PPO with a value head, in full', rollout('ppo', {}, FULL)],
  ['PPO under one loss', rollout('ppo', { critic: CRITIC, reward: REWARD, rollout: { ...plan('grpo').reinforcement!.rollout, concurrent: 2 } }, FULL)],
  ['PPO under one loss, adapters', rollout('ppo', { critic: { ...CRITIC, method: 'lora' }, reward: REWARD })],
  ['PPO with losses apart, OpenRLHF', rollout('ppo', { framework: 'openrlhf', critic: CRITIC, reward: REWARD }, FULL)],
  ['PPO with losses apart, verl', rollout('ppo', { framework: 'verl', critic: CRITIC })],
  ['GRPO by verl', rollout('grpo', { framework: 'verl', oldLogProbabilities: true })],
  ['REINFORCE++ by OpenRLHF', rollout('reinforce-plus-plus', { framework: 'openrlhf' })],
  ['ReMax', rollout('remax', {})],
  ['online DPO', rollout('online-dpo', {})],
  ['GRPO with vLLM', rollout('grpo', engine())],
  ['GRPO with a quantized reward model on the host', rollout('grpo', { reward: { kind: 'model', weights: 'bf16', quantization: { type: 'nf4', doubleQuantization: true }, place: 'device', between: 'host' } })]
]

const of = (p: Plan, options: Parameters<typeof estimate>[1] = {}): Estimate => {
  const result = estimate(p, options)
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.value
}

describe.each(PLANS)('%s', (_, p) => {
  it('has the same phases on the fast path and on a tape of all blocks, to the byte', () => {
    const [fast, full, every] = (['fast', 'full', 'every-block'] as const).map((depth) => of(p, { depth }))
    const peaks = ({ phases }: Estimate): unknown => phases.map(({ kind, step, peak, liveAfter }) => [kind, step, peak, liveAfter])
    expect(peaks(fast!)).toEqual(peaks(every!))
    expect(peaks(full!)).toEqual(peaks(every!))
    expect(full!.reserved).toEqual(every!.reserved)
  })

  it('adds up', () => {
    const e = of(p, { deviceMemory: gib(80) })
    expect(Object.values(e.breakdown).reduce((sum, b) => sum + b, 0)).toBe(e.total.expected)
    e.phases.forEach((phase, i) => {
      expect(Object.values(phase.breakdown).reduce((sum, b) => sum + b, 0)).toBe(phase.peak)
      expect(e.partsOf(i).reduce((sum, part) => sum + part.bytes, 0)).toBe(phase.peak)
    })
  })

  it('never lets go of a tensor twice, nor takes up one that is gone', () => {
    const resolved = resolvePlan(p)
    if (!resolved.ok) throw new Error(JSON.stringify(resolved.problems))
    const { release, retain } = Tape.prototype
    const wrong: string[] = []
    const watched = (method: typeof retain) => function (this: Tape, storage: Storage): Storage {
      if (storage.references <= 0) wrong.push(`${storage.module} ${storage.role}`)
      return method.call(this, storage)
    }
    Tape.prototype.retain = watched(retain)
    Tape.prototype.release = watched(release as unknown as typeof retain) as unknown as typeof release
    try {
      simulate(resolved.value, resolved.value.places.slice(0, 3), { log: false })
    } finally {
      Object.assign(Tape.prototype, { release, retain })
    }
    expect(wrong).toEqual([])
  })
})

describe('where the models of an algorithm are', () => {
  const weights = (p: Plan): number => of(p, { depth: 'fast' }).phases[0]!.breakdown.weights!

  it('a reference of its own doubles the weights, adapters share them', () => {
    const alone = weights(base(FULL))
    expect(weights(plan('dpo', FULL))).toBe(2 * alone)
    expect(weights(plan('dpo'))).toBe(weights(base()))
    expect(weights({ ...plan('dpo', FULL), preference: { ...plan('dpo', FULL).preference!, reference: 'precomputed' } })).toBe(alone)
  })

  it('a reference on the host is on the GPU during its own pass only', () => {
    const p = plan('dpo', FULL)
    const onHost: Plan = { ...p, preference: { ...p.preference!, referenceModel: { weights: 'bf16', place: 'device', between: 'host' } } }
    expect(weights(onHost)).toBe(weights(base(FULL)))
    const pass = (e: Estimate) => e.phases.find(({ kind }) => kind === 'reference')!
    expect(pass(of(onHost)).breakdown.weights).toBe(pass(of(p)).breakdown.weights)
    expect(of(onHost).host!.parts.find(({ name }) => name === 'frozen-models')!.bytes.expected).toBeGreaterThan(0.9e9)
  })

  it('a quantized reward model is smaller', () => {
    const reward = { kind: 'model', weights: 'bf16', place: 'device', between: 'device' } as const
    const [wide, narrow] = [rollout('grpo', { reward }), rollout('grpo', { reward: { ...reward, quantization: { type: 'nf4', doubleQuantization: true } } })]
    expect(weights(narrow)).toBeLessThan(weights(wide))
  })
})

describe('an engine that shares the GPU', () => {
  const p = (change: Partial<Reinforcement['rollout']> = {}): Plan => rollout('grpo', engine(change))

  it('takes its share of the card, and gives it back asleep', () => {
    const awake = of(p({ share: 0.5 }), { deviceMemory: gib(80) })
    expect(awake.engine!.awake.expected).toBe(gib(40))
    expect(awake.breakdown['rollout-engine']).toBe(gib(40))
    const asleep = of(p({ share: 0.5, sleep: 'discarded' }), { deviceMemory: gib(80) })
    expect(asleep.engine!.whileLearning.expected).toBeLessThan(gib(2))
    expect(asleep.phases.find(({ kind }) => kind === 'rollout')!.engine).toBe(gib(40))
    expect(asleep.total.expected).toBeLessThan(awake.total.expected)
  })

  it('decides while it generates, not while weights go over to it', () => {
    const e = of(p({ share: 0.5, sleep: 'discarded' }), { deviceMemory: gib(80) })
    expect(e.phases[e.peakPhase]!.kind).toBe('rollout')
    expect(e.breakdown['rollout-engine']).toBe(e.phases[e.peakPhase]!.engine)
  })

  it('says with which share it starts', () => {
    const { engine: small } = of(p({ share: 0.02 }), { deviceMemory: gib(24) })
    expect(small!.cachePool!).toBeLessThan(small!.cacheAtLeast)
    const { engine: enough } = of(p({ share: small!.smallestShare! }), { deviceMemory: gib(24) })
    expect(enough!.cachePool!).toBeGreaterThanOrEqual(enough!.cacheAtLeast)
  })

  it('waits with the optimizer states on the host', () => {
    const full = rollout('grpo', { ...engine(), offloadWhileGenerating: 'optimizer' }, FULL)
    const e = of(full, { depth: 'fast' })
    const [during, update] = [e.phases.findLast(({ kind }) => kind === 'rollout')!, e.phases.findLast(({ kind }) => kind === 'optimizer')!]
    expect(during.breakdown['optimizer-states']).toBeUndefined()
    expect(e.host!.parts.find(({ name }) => name === 'offloaded-states')!.bytes.expected).toBe(update.breakdown['optimizer-states'])
  })
})

describe('parts of several models', () => {
  it('say whose they are: a reference of its own is as large as the policy, and all add up', () => {
    const e = of(plan('dpo', FULL))
    const weights = (owner: string): number => e.parts.filter((part) => part.owner === owner && part.category === 'weights').reduce((sum, part) => sum + part.bytes, 0)
    expect(weights('reference')).toBe(weights('policy'))
    expect(e.parts.reduce((sum, part) => sum + part.bytes, 0)).toBe(e.phases[e.peakPhase]!.peak)
  })
})

describe('what is wrong names its field and the nearest value', () => {
  it.each([
    ['a batch that groups do not divide', rollout('grpo', { groupSize: 3 }), 'reinforcement.generationBatch', { suggestion: 9 }],
    ['a micro-batch that does not divide', rollout('grpo', { generationBatch: 7, groupSize: 7 }), 'reinforcement.generationBatch', { suggestion: 8 }],
    ['a divergence without a reference', rollout('grpo', { beta: 0.1, reference: 'none' }), 'reinforcement.reference', { beta: 0.1 }],
    ['adapters off without adapters', { ...plan('dpo', FULL), preference: { ...plan('dpo').preference!, reference: 'adapters-off' } }, 'preference.reference', { found: 'adapters-off' }],
    ['a reference with another vocabulary', { ...plan('dpo', FULL), preference: { ...plan('dpo').preference!, reference: 'model', referenceModel: { model: { id: 'meta-llama/Llama-3.1-8B' }, weights: 'bf16', place: 'device', between: 'device' } } }, 'preference.referenceModel.model', { expected: 151936 }],
    ['another algorithm’s loss', { ...plan('kto'), preference: { ...plan('kto').preference!, loss: 'hinge' } }, 'preference.loss', { expected: 'kto, apo_zero_unpaired' }],
    ['a missing section', { ...base(), algorithm: 'dpo' }, 'preference', {}],
    ['a section too many', { ...plan('dpo'), algorithm: 'sft' }, 'preference', { algorithm: 'sft' }]
  ] as readonly (readonly [string, Plan, string, Record<string, unknown>])[])('%s', (_, p, path, values) => {
    const result = estimate(p)
    expect(result.ok ? [] : result.problems.map((problem) => [problem.path, problem.values])).toContainEqual([path, expect.objectContaining(values)])
  })
})
