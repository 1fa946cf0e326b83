import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { defaultPlan, type Plan } from '#shared/plan/index.ts'
import { main } from './main.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'headroom-compare-'))
afterAll(() => { rmSync(folder, { recursive: true, force: true }) })

const lora = defaultPlan('Qwen/Qwen2.5-0.5B')
const file = (name: string, plan: Plan): string => {
  const target = path.join(folder, name)
  writeFileSync(target, JSON.stringify(plan))
  return target
}
const [a, b] = [file('lora.json', lora), file('full.json', { ...lora, method: { kind: 'full' } })]

/** Runs the command in this process. */
async function headroom (...args: readonly string[]): Promise<{ code: number, out: string, err: string }> {
  const out: string[] = []
  const err: string[] = []
  const code = await main(args, {
    locale: args.includes('zh') ? 'zh' : 'en', paint: (_, text) => text, width: 100,
    print: async (...lines) => { out.push(...lines) }, printError: (...lines) => { err.push(...lines) }, say: (en, zh) => args.includes('zh') ? zh : en
  })
  return { code, out: out.join('\n'), err: err.join('\n') }
}

describe('headroom compare', () => {
  it('measures plans against the first, or another', async () => {
    const { code, out } = await headroom('compare', a, b, '--gpu', 'a100-sxm4-80gb')
    expect(code).toBe(0)
    expect(out).toMatch(/^ +lora +baseline +full/)
    expect(out).toMatch(/Total on the GPU +[\d.]+ GiB +[\d.]+ GiB +\+[\d.]+ GiB/)
    expect((await headroom('compare', a, b, '--baseline', '2')).out).toMatch(/Total on the GPU +[\d.]+ GiB +−[\d.]+ GiB/)
  })

  it('writes Markdown, CSV and a page', async () => {
    expect((await headroom('compare', a, b, '--format', 'md')).out).toContain('| Trained parameters |')
    expect((await headroom('compare', a, b, '--format', 'csv')).out).toMatch(/^group,key,label,unit,lora,full/)
    expect((await headroom('compare', a, b, '--format', 'html', '--lang', 'zh')).out).toMatch(/^<!doctype html>\n<html lang="zh-CN">/)
  })

  it('names what is wrong', async () => {
    expect(await headroom('compare', a)).toMatchObject({ code: 2, err: expect.stringContaining('at least two') })
    expect(await headroom('compare', a, b, '--format', 'pdf')).toMatchObject({ code: 2, err: expect.stringContaining('choose table') })
    expect(await headroom('compare', a, b, '--baseline', '3')).toMatchObject({ code: 2 })
  })
})

describe('headroom sweep', () => {
  it('shows where a plan stops fitting, and the largest of each setting', async () => {
    const { code, out } = await headroom('sweep', a, '--gpu', 'rtx-4090', '--x', 'sequenceLength=1024,65536', '--y', 'microBatch=1,64')
    expect(code).toBe(0)
    expect(out).toMatch(/✓.*✗/s)
    expect(out).toMatch(/The largest of each alone that fits on NVIDIA GeForce RTX 4090\n {2}Sequence length +[\d,]+/)
  })

  it('as JSON has every cell', async () => {
    const { out } = await headroom('sweep', a, '--gpu', 'rtx-4090', '--x', 'rank=8,16', '--y', 'microBatch=1,2', '--json')
    expect(JSON.parse(out)).toMatchObject({ x: { id: 'rank', values: [8, 16] }, y: { id: 'microBatch' }, cells: [{ outcome: 'fits' }, {}, {}, {}] })
  })

  it('names what is wrong', async () => {
    expect(await headroom('sweep', a, '--gpu', 'rtx-4090', '--x', 'microbatch')).toMatchObject({ code: 2, err: expect.stringContaining('did you mean microBatch?') })
    expect(await headroom('sweep', a, '--gpu', 'rtx-4090', '--x', 'microBatch')).toMatchObject({ code: expect.any(Number) })
    expect(await headroom('sweep', a, '--gpu', 'rtx-4090', '--x', 'rank=0,x')).toMatchObject({ code: 2, err: expect.stringContaining('whole numbers') })
  })
})
