import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { compare, type Comparison } from './compare.ts'
import { readRows } from './read.ts'
import { isExpressible } from './row.ts'

/* Rows traced as those of vision.test.ts, of models whose towers are of their own kind: GLM-4.1V, GLM-4.5V, InternVL, Llama 4. */
const rows = readRows(join(import.meta.dirname, 'fixtures/visionTowers.jsonl'))

describe('traced rows with images before towers of their own kind', () => {
  const comparisons = rows.filter(isExpressible).map(compare).filter((r): r is Comparison => 'peak' in r)
  it('are all expressed', () => {
    expect(comparisons).toHaveLength(rows.length)
  })
  it.each(comparisons)('$row.id within 0.01 % in every phase', ({ peak, phases }) => {
    for (const phase of [peak, ...phases]) expect(Math.abs(phase.error)).toBeLessThan(0.0001)
  })
})
