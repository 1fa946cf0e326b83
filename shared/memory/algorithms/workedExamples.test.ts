import { describe, expect, it } from 'vitest'
import { applyProfile, defaultMethod, defaultPlan, withAlgorithm, type Algorithm, type Method, type Plan, type Reinforcement } from '../../plan/index.ts'
import { gib } from '../../units/index.ts'
import { estimate, type Estimate, type PhaseKind } from '../index.ts'
import { resolvePlan } from '../resolve.ts'
import { cacheBytes } from '../rollout/cacheSize.ts'

/* Runs that others worked out or measured, beside ours. Nothing is fitted: `theirs` is what they say, and the test holds how far we are from it. */

const lora: Method = { ...defaultMethod('lora'), rank: 8, targets: 'all-linear' } as Method
const qlora: Method = { ...defaultMethod('qlora'), rank: 8, targets: 'all-linear' } as Method

function planOf (model: string, method: Method, algorithm: Algorithm, profile: string, microBatch: number, change: Partial<Reinforcement> = {}): Plan {
  const plan = applyProfile(withAlgorithm({ ...defaultPlan(model), method }, algorithm), profile)!.plan
  const data = { ...plan.data, microBatch, sequenceLength: 2048, gradientAccumulation: 1 }
  return plan.reinforcement ? { ...plan, data, reinforcement: { ...plan.reinforcement, ...change } } : { ...plan, data }
}
function of (plan: Plan, deviceMemory: number | null = null): Estimate {
  const result = estimate(plan, { depth: 'fast', deviceMemory })
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.value
}
const highest = (e: Estimate, ...kinds: readonly PhaseKind[]): number => Math.max(...e.phases.filter(({ kind }) => kinds.includes(kind)).map(({ peak }) => peak))
const UPDATE = ['loss', 'forward', 'backward', 'optimizer'] as const

/* LLaMA-7B PPO on one GPU as LLaMA-Factory runs it: r 8 on all linear layers, 2 sequences of 512 + 512; worked out by hand before, in GB of 10⁹ bytes. */
describe('7B PPO with LoRA on one card, over a shared backbone', () => {
  const ppo = (method: Method, reward: Reinforcement['reward']): Plan => planOf('meta-llama/Llama-2-7b-hf', method, 'ppo', 'llama-factory-0.9', 2, { promptLength: 512, completionLength: 512, generationBatch: 2, reward })
  const model = { kind: 'model', weights: 'bf16', place: 'device', between: 'device' } as const
  it.each([
    ['generation', ppo(lora, { kind: 'adapter' }), ['prefill', 'decode'], 14.95, 0.01],
    ['update', ppo(lora, { kind: 'adapter' }), UPDATE, 15.9, 0.02],
    ['update beside a whole reward model', ppo(lora, model), UPDATE, 29.1, 0.01],
    ['update over 4-bit weights', ppo(qlora, { kind: 'adapter' }), UPDATE, 6.2, 0.02]
  ] as const)('%s', (_, plan, kinds, theirs, deviation) => {
    const ours = highest(of(plan), ...kinds) / 1e9
    expect(Math.abs(ours / theirs - 1)).toBeLessThan(deviation)
  })
  it('fits a card of 24 GB', () => expect(of(ppo(lora, { kind: 'adapter' })).total.high).toBeLessThan(gib(24)))
})

it('8B DPO with LoRA: logits of a pair weigh more than the adapters, and 40 GB are enough', () => {
  const e = of(planOf('meta-llama/Llama-3.1-8B', { ...lora, rank: 16 } as Method, 'dpo', 'trl-sft-1.13', 1))
  const logits = 2 * 2048 * 128256 * 4
  // TRL 1.13 with fp32 logits and the reference in the step: 12 bytes per logit and one chunk of entropies.
  expect(e.phases[e.peakPhase]!.breakdown['logits-and-loss']! / (3 * logits)).toBeCloseTo(1, 1)
  const narrow = of({ ...planOf('meta-llama/Llama-3.1-8B', lora, 'dpo', 'trl-sft-1.13', 1), precision: { weights: 'bf16', autocast: 'bf16', outputsToFp32: true } })
  expect(narrow.total.high).toBeLessThan(gib(40))
})

it('7B GRPO with LoRA and vLLM in the trainer fits one card of 80 GB, asleep with room for twice the batch', () => {
  const grpo = (sleep: 'none' | 'discarded'): Plan => {
    const plan = planOf('Qwen/Qwen2.5-7B', lora, 'grpo', 'trl-sft-1.13', 4, { promptLength: 512, completionLength: 1024, generationBatch: 32 })
    return { ...plan, precision: { weights: 'bf16', autocast: 'bf16', outputsToFp32: true }, reinforcement: { ...plan.reinforcement!, rollout: { ...plan.reinforcement!.rollout, engine: 'vllm', share: 0.3, sleep } } }
  }
  const card = gib(79.25)
  const [awake, asleep] = [of(grpo('none'), card), of(grpo('discarded'), card)]
  expect(awake.engine!.awake.expected / 1e9).toBeCloseTo(25.5, 1)
  expect(awake.total.high).toBeLessThan(card)
  expect(asleep.total.expected).toBeLessThan(awake.total.expected)
  expect(awake.engine!.concurrency!).toBeGreaterThan(32)
})

describe('published figures', () => {
  // unsloth.ai/blog/grpo: Llama-3.1-8B, 8 completions of 20k: 2.5 GiB of keys and values, for one sequence.
  it('Unsloth: keys and values of 20,480 tokens of Llama-3.1-8B take 2.5 GiB', () => {
    const resolved = resolvePlan(defaultPlan('meta-llama/Llama-3.1-8B'))
    if (!resolved.ok) throw new Error(JSON.stringify(resolved.problems))
    expect(cacheBytes(resolved.value.architecture, 20480, 2) / 1024 ** 3).toBe(2.5)
  })
  // TRL issue 3456: GRPO on one A100, 4 × (2,048 + 1,024), no vLLM; type, beta, checkpointing and what the allocator cached are not said.
  it.each([['Qwen/Qwen3-0.6B', 49.3], ['Qwen/Qwen3-1.7B', 78.1]])('TRL 3456: %s takes %f GiB, between ours with and without checkpointing or a seventh above', (model, theirs) => {
    const totals = (['none', 'non-reentrant'] as const).map((checkpointing) => {
      const plan = planOf(model, { kind: 'full' }, 'grpo', 'trl-sft-1.13', 4, { promptLength: 2048, completionLength: 1024, generationBatch: 8 })
      return of({ ...plan, runtime: { ...plan.runtime, checkpointing } }).total.expected / 1024 ** 3
    })
    expect(Math.min(...totals)).toBeLessThan(theirs)
    expect(theirs / Math.max(...totals)).toBeLessThan(8 / 7)
  })
})
