import { describe, expect, it } from 'vitest'
import { defaultPlan } from '#shared/plan/index.ts'
import { headroom } from './fixtures/headroom.ts'

const input = JSON.stringify(defaultPlan())

describe('headroom explain', () => {
  it('shows the largest parts with their source, what changes save, and why it is more than the simple sum', async () => {
    const { code, out, err } = await headroom(['explain', '-'], { input })
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/^Weights +gate_proj +weight +f·h = 14336·4096 +bf16 +32 +3\.500 GiB +transformers models\/llama/m)
    expect(out).toMatch(/^QLoRA: base model in nf4 +9\.\d\d GiB/m)
    expect(out).toMatch(/^Logits and loss +2\.94 GiB/m)
    expect(out).toMatch(/^Total +15\.01 GiB +[\d.]+ GiB$/m)
  })
  it('speaks Chinese, and JSON that adds up', async () => {
    expect((await headroom(['explain', '-', '--lang', 'zh'], { input })).out).toContain('为何超过“参数量 × 字节数”')
    const value = JSON.parse((await headroom(['explain', '-', '--json'], { input })).out) as { estimate: { total: { expected: number } }, savings: { lever: string, saved: number }[], simpleSum: { real: number } }
    expect(value.simpleSum.real).toBe(value.estimate.total.expected)
    expect(value.savings[0]).toMatchObject({ lever: 'qlora' })
  })
  it('names what is wrong with a plan', async () => {
    expect(await headroom(['explain', '-'], { input: '{}' })).toMatchObject({ code: 2, out: '' })
  })
})
