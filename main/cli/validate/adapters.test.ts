import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { estimate } from '#shared/memory/index.ts'
import { compare, type Comparison } from './compare.ts'
import { readRows } from './read.ts'
import { isExpressible } from './row.ts'

/*
 * Rows traced with torch 2.13, transformers 5.18 and peft 0.21 on CPU FakeTensors: PEFT's own methods, and LoRA over quantized
 * layers whose autograd functions are those of bitsandbytes 0.50, GPTQModel 7.7, hqq 0.2.8, aqlm 1.1.7 and transformers with the
 * GPU kernels replaced by allocations of what they return. Small vocabularies, so that the blocks are the peak in most.
 */
const FILE = join(import.meta.dirname, 'fixtures/adapters.jsonl')
const readings = readRows(FILE)
const compared = readings.map((reading) => isExpressible(reading) ? compare(reading) : reading)
const comparisons = compared.filter((c): c is Comparison => 'peak' in c)

interface Traced { readonly id: string, readonly trainable_params: number }
const trainable = new Map(readFileSync(FILE, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Traced).map((row) => [row.id, row.trainable_params]))

describe('traced rows of adapter methods and weight formats', () => {
  it('are all expressed', () => {
    expect(compared.filter((c) => !('peak' in c))).toEqual([])
    expect(comparisons).toHaveLength(48)
  })
  it.each(comparisons)('$row.id within 0.01 % in every phase', ({ peak, phases }) => {
    for (const phase of [peak, ...phases]) expect(Math.abs(phase.error)).toBeLessThan(0.0001)
  })
  it.each(comparisons)('$row.id trains as many parameters as the traced model', ({ row }) => {
    const result = estimate(row.plan, { depth: 'fast' })
    expect(result.ok && result.value.parameters.trainable).toBe(trainable.get(row.id))
  })
})
