import { describe, expect, it } from 'vitest'
import { defaultPlan, parsePlanText } from '#shared/plan/index.ts'
import { headroom } from './fixtures/headroom.ts'

const input = JSON.stringify(defaultPlan())

describe('headroom profile', () => {
  it('lists the frameworks', async () => {
    const { code, out } = await headroom(['profile'])
    expect(code).toBe(0)
    for (const id of ['hf-trainer-5.18', 'hf-trainer-4.48', 'trl-sft-1.13', 'llama-factory-0.9', 'axolotl-0.19', 'unsloth-2026.10', 'torchtune-0.6']) expect(out).toContain(id)
  })
  it('says what one sets and where that is written, and prints the plan', async () => {
    const { code, out } = await headroom(['profile', 'trl-sft-1.13', '-'], { input })
    expect(code).toBe(0)
    expect(out).toMatch(/^precision\.weights +bf16 +fp32 +trl 1\.13\.0/m)
    const plan = parsePlanText((await headroom(['profile', 'trl-sft-1.13', '-', '--plan'], { input })).out)
    expect(plan).toMatchObject({ ok: true, value: { runtime: { loss: 'trl-chunked' } } })
    expect((await headroom(['profile', 'trl-sft-1.13', '-', '--lang', 'zh'], { input })).out).toContain('依据')
  })
  it('suggests the profile that was probably meant', async () => {
    expect(await headroom(['profile', 'trl-sft-1.12', '-'], { input })).toMatchObject({ code: 2, err: expect.stringContaining('trl-sft-1.13') })
    expect(await headroom(['profile', 'trl-sft-1.13'])).toMatchObject({ code: 2 })
  })
})
