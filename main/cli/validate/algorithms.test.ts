import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { compare, type Comparison } from './compare.ts'
import { readRows } from './read.ts'
import { isExpressible } from './row.ts'

/* Traces of TRL 1.13 (DPO, KTO, ORPO, CPO, reward model, GRPO, RLOO) and of transformers 5.18's generate(), over torch 2.13. */
describe('preference training, reinforcement learning and generation', () => {
  const readings = readRows(join(import.meta.dirname, 'fixtures/algorithms.jsonl'))
  const comparisons = readings.filter(isExpressible).map(compare).filter((r): r is Comparison => 'peak' in r)
  it('every row is expressed', () => expect(comparisons).toHaveLength(readings.length))
  it.each(comparisons)('$row.id: the peak within 0.01 %, every phase within 0.01 %', ({ peak, phases }) => {
    expect(Math.abs(peak.error)).toBeLessThan(0.0001)
    expect(phases.length).toBeGreaterThan(1)
    for (const phase of phases) expect(Math.abs(phase.error), phase.phase).toBeLessThan(0.0001)
  })
})

/* Traces of TRL 1.9's PPOTrainer.train, unmodified, over transformers 5.18: policy and critic under one loss. */
describe('PPO with a critic of its own', () => {
  const comparisons = readRows(join(import.meta.dirname, 'fixtures/ppo.jsonl')).filter(isExpressible).map(compare).filter((r): r is Comparison => 'peak' in r)
  it.each(comparisons)('$row.id: the peak within 0.02 %, every phase within 0.04 %', ({ peak, phases }) => {
    expect(Math.abs(peak.error)).toBeLessThan(0.0002)
    expect(phases.length).toBeGreaterThan(7)
    for (const phase of phases) expect(Math.abs(phase.error), phase.phase).toBeLessThan(0.0004)
  })
})
