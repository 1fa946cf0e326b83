import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { estimate } from '#shared/memory/index.ts'
import { compare, type Comparison } from './compare.ts'
import { readRows } from './read.ts'
import { isExpressible } from './row.ts'

/* Rows traced like those of mixtures.jsonl: LoRA on stacks of experts and routers (peft 0.21 ParamWrapper); the loop over experts with tokens spread evenly. */
const FILE = join(import.meta.dirname, 'fixtures/expert-stacks.jsonl')
const rows = readRows(FILE)
interface Traced { readonly id: string, readonly trainable_params: number }
const trainable = new Map(readFileSync(FILE, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Traced).map((row) => [row.id, row.trainable_params]))

describe('traced rows of stacks of experts', () => {
  const comparisons = rows.filter(isExpressible).map(compare).filter((r): r is Comparison => 'peak' in r)
  it('are all expressed', () => expect(comparisons).toHaveLength(rows.length))
  it.each(comparisons)('$row.id within 0.01 % in every phase', ({ peak, phases }) => {
    for (const phase of [peak, ...phases]) expect(Math.abs(phase.error)).toBeLessThan(0.0001)
  })
  it.each(comparisons)('$row.id trains as many parameters as the traced model', ({ row }) => {
    const result = estimate(row.plan, { depth: 'fast' })
    expect(result.ok && result.value.parameters.trainable).toBe(trainable.get(row.id))
  })
})
