import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { estimate } from '#shared/memory/index.ts'
import { defaultPlan, type Plan } from '#shared/plan/index.ts'
import { compare, type Comparison } from './compare.ts'
import { readRows } from './read.ts'
import { isExpressible, type TruthRow } from './row.ts'

/*
 * Rows traced like the oracle's (torch 2.13, transformers 5.18, peft 0.21, trl 1.13; the sums of bf16 tensors under autocast as
 * CUDA makes them, without a copy of the input) for models with experts: small ones of every model type, and four of the
 * oracle's own.
 */
const rows = readRows(join(import.meta.dirname, 'fixtures/mixtures.jsonl'))

describe('traced rows of mixtures of experts', () => {
  const comparisons = rows.filter(isExpressible).map(compare).filter((r): r is Comparison => 'peak' in r)
  it('are all expressed', () => {
    expect(comparisons).toHaveLength(rows.length)
  })
  it.each(comparisons)('$row.id within 0.01 % in every phase', ({ peak, phases }) => {
    for (const phase of [peak, ...phases]) expect(Math.abs(phase.error)).toBeLessThan(0.0001)
  })
})

describe('stacks of unlike layers', () => {
  const configs = new Map(rows.filter((r): r is TruthRow => isExpressible(r)).map((r) => [r.plan.model, r.plan] as const))
  const byType = new Map([...configs].flatMap(([model, plan]) => 'config' in model ? [[String(model.config['model_type']), { model, plan }] as const] : []))
  it.each([...byType.keys()])('%s: three repeats extrapolate to 17 layers to the byte', (type) => {
    const { model, plan } = byType.get(type)!
    const deep: Plan = { ...plan, model: { ...model, config: { ...model.config, num_hidden_layers: 17 } } }
    const [fast, full] = (['fast', 'full'] as const).map((depth) => estimate(deep, { depth }))
    if (!fast!.ok || !full!.ok) throw new Error('refused')
    expect(fast!.value.phases).toEqual(full!.value.phases)
  })
})

it('refuses part of a fused stack of experts, and dropout on it', () => {
  const row = rows.find((r) => isExpressible(r) && 'config' in r.plan.model && r.plan.model.config['model_type'] === 'qwen3_moe') as TruthRow
  const lora = { ...defaultPlan().method, kind: 'lora', targets: ['gate_proj'] }
  const result = estimate({ ...row.plan, method: lora } as Plan)
  expect(result).toMatchObject({ ok: false, problems: [{ path: 'method.targets[0]', code: 'half-fused-target', values: { missing: 'up_proj' } }] })
  const whole = estimate({ ...row.plan, method: { ...lora, targets: ['gate_proj', 'up_proj'], dropout: 0.05 } } as Plan)
  expect(whole).toMatchObject({ ok: false, problems: [{ path: 'method.dropout', code: 'dropout-on-experts' }] })
})
