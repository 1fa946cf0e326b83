import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { estimate } from '#shared/memory/index.ts'
import { compare, type Comparison } from './compare.ts'
import { readRows } from './read.ts'
import { isExpressible } from './row.ts'

/*
 * Rows traced with torch 2.13, transformers 5.18 and peft 0.21 on CPU FakeTensors, without mamba-ssm and causal-conv1d: the scans
 * as transformers writes them in torch.
 */
const FILE = join(import.meta.dirname, 'fixtures/state-space.jsonl')
const readings = readRows(FILE)
const comparisons = readings.filter(isExpressible).map(compare).filter((r): r is Comparison => 'peak' in r)

interface Traced { readonly id: string, readonly trainable_params: number }
const trainable = new Map(readFileSync(FILE, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Traced).map((row) => [row.id, row.trainable_params]))

describe('traced rows of models with state-space layers', () => {
  it('are all expressed', () => {
    expect(readings.filter((r) => !isExpressible(r))).toEqual([])
    expect(comparisons).toHaveLength(41)
  })
  it.each(comparisons)('$row.id within 0.01 % in every phase', ({ peak, phases }) => {
    for (const phase of [peak, ...phases]) expect(Math.abs(phase.error)).toBeLessThan(0.0001)
  })
  it.each(comparisons)('$row.id trains as many parameters as the traced model', ({ row }) => {
    const result = estimate(row.plan, { depth: 'fast' })
    expect(result.ok && result.value.parameters.trainable).toBe(trainable.get(row.id))
  })
})
