import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { OPTIMIZERS } from '#shared/memory/optimizers/index.ts'
import { compare } from './compare.ts'
import { readRows } from './read.ts'
import { isExpressible } from './row.ts'

/*
 * Rows of the same tracer as oracle.jsonl with the optimizers' own packages (torch 2.13, transformers 5.18, lion-pytorch 0.2.5,
 * bitsandbytes 0.50.2, adam-mini 1.1.1, galore-torch 1.0, apollo-torch 1.0.3, pytorch-optimizer 4.1, schedulefree 1.4.1, lomo-optim 0.1.1,
 * badam 1.4) and the loss code of trl 1.13, liger-kernel 0.8.5 and torchtune.
 */
const rows = readRows(join(import.meta.dirname, 'fixtures/optimizers-and-losses.jsonl'))

describe('traced optimizers and losses', () => {
  it('are all expressed', () => {
    expect(rows.filter((row) => !isExpressible(row))).toEqual([])
  })
  it('cover every optimizer whose rule is marked as traced', () => {
    const covered = new Set(rows.filter(isExpressible).map(({ plan }) => plan.optimizer.kind))
    const traced = Object.entries(OPTIMIZERS).filter(([kind, rule]) => rule.known === 'traced' && !['none', 'sgd-momentum', 'lion-32bit'].includes(kind)).map(([kind]) => kind)
    expect(traced.filter((kind) => !covered.has(kind as never))).toEqual([])
  })
  it.each(rows.filter(isExpressible))('$plan.optimizer.kind, $plan.runtime.loss ($id) within 0.01 % in every phase', (row) => {
    const comparison = compare(row)
    if (!('phases' in comparison)) throw new Error(comparison.reason)
    expect(comparison.phases.length).toBeGreaterThan(1)
    for (const phase of [comparison.peak, ...comparison.phases]) expect(Math.abs(phase.error)).toBeLessThan(0.0001)
  })
})
