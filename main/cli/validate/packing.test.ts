import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { compare, type Comparison } from './compare.ts'
import { readRows } from './read.ts'
import { isExpressible } from './row.ts'

/*
 * Traces of transformers 5.18 and torch 2.13 over packed batches: positions that begin again under SDPA and eager attention, the
 * variable-length path into FlashAttention 2 (its kernel stands in for the CUDA one), masks of blocks from the collator, and padded rows
 * whose real tokens FlashAttention 2 gets.
 */
describe('packed and padded batches', () => {
  const readings = readRows(join(import.meta.dirname, 'fixtures/packing.jsonl'))
  const comparisons = readings.filter(isExpressible).map(compare).filter((r): r is Comparison => 'peak' in r)
  it('every row is expressed', () => expect(comparisons).toHaveLength(41))
  it.each(comparisons)('$row.id within 0.01 % in every phase', ({ peak, phases }) => {
    for (const phase of [peak, ...phases]) expect(Math.abs(phase.error)).toBeLessThan(0.0001)
  })
})
