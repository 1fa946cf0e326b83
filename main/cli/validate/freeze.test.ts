import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { compare, type Comparison } from './compare.ts'
import { readRows } from './read.ts'
import { isExpressible } from './row.ts'

/* Traces of transformers 5.18 and torch 2.13 in which only named linear layers of the last blocks need gradients. */
describe('freeze-tuning of named modules', () => {
  const readings = readRows(join(import.meta.dirname, 'fixtures/freeze.jsonl'))
  const comparisons = readings.filter(isExpressible).map(compare).filter((r): r is Comparison => 'peak' in r)
  it('every row is expressed', () => expect(comparisons).toHaveLength(8))
  it.each(comparisons)('$row.id within 0.01 % in every phase', ({ peak, phases }) => {
    for (const phase of [peak, ...phases]) expect(Math.abs(phase.error)).toBeLessThan(0.0001)
  })
})
