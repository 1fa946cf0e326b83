import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { estimate } from '#shared/memory/index.ts'
import type { Plan } from '#shared/plan/index.ts'
import { compare, type Comparison } from './compare.ts'
import { readRows } from './read.ts'
import { isExpressible, type TruthRow } from './row.ts'

/* Rows traced like those of mixtures.jsonl for model types with experts that came with transformers 5, and for the loop over experts. */
const FILE = join(import.meta.dirname, 'fixtures/recent-mixtures.jsonl')
const rows = readRows(FILE)
interface Traced { readonly id: string, readonly trainable_params: number }
const trainable = new Map(readFileSync(FILE, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Traced).map((row) => [row.id, row.trainable_params]))

describe('traced rows of recent mixtures of experts', () => {
  const comparisons = rows.filter(isExpressible).map(compare).filter((r): r is Comparison => 'peak' in r)
  it('are all expressed', () => {
    expect(comparisons).toHaveLength(rows.length)
  })
  it.each(comparisons)('$row.id within 0.01 % in every phase', ({ peak, phases }) => {
    for (const phase of [peak, ...phases]) expect(Math.abs(phase.error)).toBeLessThan(0.0001)
  })
  it.each(comparisons)('$row.id trains as many parameters as the traced model', ({ row }) => {
    const result = estimate(row.plan, { depth: 'fast' })
    expect(result.ok && result.value.parameters.trainable).toBe(trainable.get(row.id))
  })
})

/** Lists of one entry per layer, lengthened with the stack. */
function deepened (config: Readonly<Record<string, unknown>>, layers: number): Record<string, unknown> {
  const lengthen = (value: unknown): unknown => Array.isArray(value) && value.length === config['num_hidden_layers'] ? Array.from({ length: layers }, (_, i) => value[i % value.length]) : value
  return Object.fromEntries([...Object.entries(config).map(([key, value]) => [key, lengthen(value)]), ['num_hidden_layers', layers]])
}

describe('stacks of recent mixtures', () => {
  const plans = rows.filter((r): r is TruthRow => isExpressible(r)).map((row) => row.plan)
  const byType = new Map(plans.flatMap((plan) => 'config' in plan.model ? [[String(plan.model.config['model_type']), { model: plan.model, plan }] as const] : []))
  it.each([...byType.keys()])('%s: the fast path equals 25 layers run in full to the byte', (type) => {
    const { model, plan } = byType.get(type)!
    const deep: Plan = { ...plan, model: { ...model, config: deepened(model.config, 25) } }
    const [fast, full] = (['fast', 'full'] as const).map((depth) => estimate(deep, { depth }))
    if (!fast!.ok || !full!.ok) throw new Error('refused')
    expect(fast!.value.phases).toEqual(full!.value.phases)
  })
})
