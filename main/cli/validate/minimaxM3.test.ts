import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { compare, type Comparison } from './compare.ts'
import { readRows } from './read.ts'
import { isExpressible } from './row.ts'

/* Rows of small MiniMaxM3VLForCausalLM models, traced with torch 2.13, transformers 5.18 and peft 0.21 on CPU FakeTensors. */
const readings = readRows(join(import.meta.dirname, 'fixtures/minimax-m3.jsonl'))

describe('traced rows of MiniMax M3', () => {
  it('are all expressed', () => {
    expect(readings.filter((r) => !isExpressible(r))).toEqual([])
    expect(readings).toHaveLength(10)
  })
  it.each(readings.filter(isExpressible).map(compare).filter((r): r is Comparison => 'peak' in r))('$row.id within 0.01 % in every phase', ({ peak, phases }) => {
    for (const phase of [peak, ...phases]) expect(Math.abs(phase.error)).toBeLessThan(0.0001)
  })
})
