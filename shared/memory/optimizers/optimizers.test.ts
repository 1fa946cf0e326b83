import { describe, expect, it } from 'vitest'
import { FULL, LLAMA_7B, planOf } from '../fixtures/plans.ts'
import { describeAssumption, estimate, type Estimate } from '../index.ts'
import type { Plan } from '../../plan/index.ts'
import { OPTIMIZERS } from './index.ts'

const SMALL = { ...LLAMA_7B, layers: 4 }
const PARAMETERS = 2 * 32000 * 4096 + 4 * (4 * 4096 * 4096 + 3 * 4096 * 11008 + 2 * 4096) + 4096
const NORMS = 9 * 4096

function estimateOf (optimizer: Partial<Plan['optimizer']>): Estimate {
  const result = estimate(planOf(SMALL, FULL, { optimizer: { kind: 'adamw', implementation: 'fused', ...optimizer }, data: { sequenceLength: 64 } }), { depth: 'fast' })
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.value
}

/** Optimizer states after the first step, less what the plan without an optimizer holds. */
function states (optimizer: Partial<Plan['optimizer']>): number {
  const after = (e: Estimate): number => e.phases.find((phase) => phase.kind === 'optimizer')!.liveAfter
  return after(estimateOf(optimizer)) - after(estimateOf({ kind: 'none' }))
}

describe('optimizer states (bf16 weights, per tensor rounded to 512 B)', () => {
  const embedding = 32000 * 4096
  it.each([
    ['8-bit AdamW of bitsandbytes keeps the embedding at 32 bits', { kind: 'adamw-8bit' }, 8 * embedding + (2 + 8 / 256) * (PARAMETERS - embedding) + 2048],
    ['8-bit Lion of bitsandbytes', { kind: 'lion-8bit' }, 4 * embedding + (1 + 4 / 256) * (PARAMETERS - embedding) + 1024],
    ['32-bit AdamW of bitsandbytes', { kind: 'adamw-32bit' }, 8 * PARAMETERS],
    ['torchao 8-bit AdamW', { kind: 'torchao-adamw-8bit' }, (2 + 8 / 256) * PARAMETERS + 2 * 1024 * 39],
    ['torchao 4-bit AdamW', { kind: 'torchao-adamw-4bit' }, (1 + 8 / 128) * PARAMETERS + 2 * 512 * 39],
    ['torchao fp8 AdamW has no map', { kind: 'torchao-adamw-fp8' }, (2 + 8 / 256) * PARAMETERS],
    ['Lion', { kind: 'lion' }, 2 * PARAMETERS],
    ['schedule-free AdamW', { kind: 'schedule-free-adamw' }, 4 * PARAMETERS],
    ['a moving average in fp32', { kind: 'none', emaType: 'fp32' }, 4 * PARAMETERS],
    ['SGD', { kind: 'sgd' }, 0],
    ['LOMO', { kind: 'lomo' }, 0]
  ] as const)('%s', (_, optimizer, expected) => {
    expect(Math.abs(states(optimizer) - expected)).toBeLessThan(512 * 5 * 39)
  })

  it('paged states of large tensors are outside the allocator, in the upper end of the interval', () => {
    const paged = estimateOf({ kind: 'paged-adamw-32bit' })
    expect(states({ kind: 'paged-adamw-32bit' })).toBe(8 * NORMS)
    const { expected, high } = paged.total
    const plain = estimateOf({ kind: 'none' }).total
    expect(high - expected - (plain.high - plain.expected)).toBeGreaterThanOrEqual(8 * (PARAMETERS - NORMS))
    const sentence = paged.assumptions.find(({ code }) => code === 'paged-states')!
    expect(describeAssumption(sentence)).toContain('host RAM')
  })
})

describe('what is in the backward pass', () => {
  it('an optimizer fused into it never holds all gradients', () => {
    const gradients = (e: Estimate): number => e.phases.find((p) => p.kind === 'backward')!.peak
    const apart = gradients(estimateOf({ kind: 'sgd' }))
    expect(gradients(estimateOf({ kind: 'sgd', inBackward: true }))).toBeLessThan(apart - 2 * (PARAMETERS - 2 * 32000 * 4096) + 8 * 4096 * 11008)
  })
  it('gradient clipping takes one allocation unit per tensor', () => {
    const [without, clipped] = [estimateOf({ kind: 'sgd' }), estimateOf({ kind: 'sgd', clipGradNorm: true })].map((e) => e.phases.find((p) => p.kind === 'optimizer')!.peak)
    expect(clipped! - without!).toBe(512 * 40)
  })
})

it('every estimated rule says by how much it may be exceeded', () => {
  for (const [kind, rule] of Object.entries(OPTIMIZERS)) {
    expect(rule.source.length).toBeGreaterThan(5)
    if (rule.known !== 'estimated') continue
    const { assumptions } = estimateOf({ kind: kind as Plan['optimizer']['kind'] })
    expect(assumptions.map(({ code }) => code)).toContain('optimizer-workspace')
  }
})
