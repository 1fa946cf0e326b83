import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findModel } from '#shared/catalog/index.ts'
import { estimate } from '#shared/memory/index.ts'
import { defaultPlan, type Plan } from '#shared/plan/index.ts'
import { compare, type Comparison } from './compare.ts'
import { readRows } from './read.ts'
import { isExpressible } from './row.ts'

/*
 * Rows traced like the oracle's (torch 2.13, transformers 5.18, peft 0.21; what CUDA's autocast runs in fp32 also while a
 * checkpoint is recomputed) for small models whose layers mix tokens in different ways.
 */
const rows = readRows(join(import.meta.dirname, 'fixtures/hybrids.jsonl'))

describe('traced rows of stacks with several mixers', () => {
  const comparisons = rows.filter(isExpressible).map(compare).filter((r): r is Comparison => 'peak' in r)
  it('are all expressed', () => {
    expect(comparisons).toHaveLength(rows.length)
  })
  it.each(comparisons)('$row.id within 0.01 % in every phase', ({ peak, phases }) => {
    for (const phase of [peak, ...phases]) expect(Math.abs(phase.error)).toBeLessThan(0.0001)
  })
})

/** Whose order of layers has a period that repeats, and one whose order has none. */
const MODELS = ['LiquidAI/LFM2-350M', 'LiquidAI/LFM2-24B-A2B', 'Qwen/Qwen3-Next-80B-A3B-Instruct', 'Qwen/Qwen3.5-0.8B', 'Qwen/Qwen3.5-35B-A3B', 'MiniMaxAI/MiniMax-Text-01', 'moonshotai/Kimi-Linear-48B-A3B-Instruct']

describe.each(MODELS)('%s', (id) => {
  const methods: readonly Plan['method'][] = [{ kind: 'full' }, defaultPlan(id).method]
  it.each(methods)('$kind: the fast path equals the full tape, which mirrors the model’s own file', (method) => {
    const plan: Plan = { ...defaultPlan(id), method }
    const [fast, full] = (['fast', 'full'] as const).map((depth) => estimate(plan, { depth }))
    if (!fast!.ok || !full!.ok) throw new Error(JSON.stringify([fast, full]))
    expect(fast!.value.phases).toEqual(full!.value.phases)
    expect(full!.value.assumptions.map((a) => a.code)).not.toContain('family-as-llama')
    expect(findModel(id)!.architecture.layerSequence).toHaveLength(findModel(id)!.architecture.layers)
  })
})
