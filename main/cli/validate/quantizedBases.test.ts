import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { compare } from './compare.ts'
import { readRows } from './read.ts'
import { isExpressible } from './row.ts'

/*
 * VeRA, (IA)³, OFT, prefix, prompt and p-tuning over nf4, int8, GPTQ, AWQ, HQQ and AQLM weights, with and without
 * prepare_model_for_kbit_training. Traced with PEFT 0.21's own classes, around layers whose GPU kernels are replaced by allocations of what they return.
 */
const compared = readRows(join(import.meta.dirname, 'fixtures/quantized-bases.jsonl')).map((reading) => isExpressible(reading) ? compare(reading) : reading)
const comparisons = compared.filter((c) => 'peak' in c)

describe('traced rows of adapter methods over quantized weights', () => {
  it('are all expressed', () => {
    expect(compared.filter((c) => !('peak' in c))).toEqual([])
    expect(comparisons).toHaveLength(41)
  })
  it.each(comparisons)('$row.id within 0.01 % in every phase', ({ peak, phases }) => {
    for (const phase of [peak, ...phases]) expect(Math.abs(phase.error)).toBeLessThan(0.0001)
  })
})

/* Families whose attention is their own code, and one of which some layers have no prefix: half of the rows over nf4. MPT's config names its heads otherwise: num_attention_heads and num_layers were given to PEFT. */
const prefixed = readRows(join(import.meta.dirname, 'fixtures/prefix.jsonl')).map((reading) => isExpressible(reading) ? compare(reading) : reading).filter((c) => 'peak' in c)

describe('traced rows of prefix tuning of BLOOM, GPT-J, MPT, GPT-Neo and Gemma 4', () => {
  it('are all expressed', () => expect(prefixed).toHaveLength(14))
  it.each(prefixed)('$row.id within 0.01 % in every phase', ({ peak, phases }) => {
    for (const phase of [peak, ...phases]) expect(Math.abs(phase.error)).toBeLessThan(0.0001)
  })
})
