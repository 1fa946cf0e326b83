import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { compare, type Comparison } from './compare.ts'
import { readRows } from './read.ts'
import { isExpressible } from './row.ts'

/*
 * Rows traced like the oracle's (torch 2.13, transformers 5.18, peft 0.21) for vision-language models with images in the batch.
 * Added to the tracer: what CUDA's kernels of masked_scatter, masked_select and layer_norm make inside, mean and deviation of
 * layer_norm in fp32, the bias that a linear layer adds in place.
 */
const rows = readRows(join(import.meta.dirname, 'fixtures/vision.jsonl'))

describe('traced rows with images', () => {
  const comparisons = rows.filter(isExpressible).map(compare).filter((r): r is Comparison => 'peak' in r)
  it('are all expressed', () => {
    expect(comparisons).toHaveLength(rows.length)
  })
  it.each(comparisons)('$row.id within 0.01 % in every phase', ({ peak, phases }) => {
    for (const phase of [peak, ...phases]) expect(Math.abs(phase.error)).toBeLessThan(0.0001)
  })
})
