import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { estimate } from '#shared/memory/index.ts'
import { defaultMethod, defaultPlan, parsePlanText, type Plan } from '#shared/plan/index.ts'
import { headroom, withSmi } from './fixtures/headroom.ts'

let folder: string
beforeAll(() => { folder = mkdtempSync(path.join(tmpdir(), 'headroom-cli-')) })
afterAll(() => { rmSync(folder, { recursive: true, force: true }) })

function file (name: string, content: unknown): string {
  const full = path.join(folder, name)
  writeFileSync(full, typeof content === 'string' ? content : JSON.stringify(content))
  return full
}

const base = defaultPlan()
const withData = (plan: Plan, data: Partial<Plan['data']>, checkpointing: Plan['runtime']['checkpointing'] = 'non-reentrant'): Plan =>
  ({ ...plan, data: { ...plan.data, ...data }, runtime: { ...plan.runtime, checkpointing } })
const fullLlama = withData({ ...defaultPlan('huggyllama/llama-7b'), method: defaultMethod('full'), precision: { weights: 'bf16', autocast: 'none', outputsToFp32: false } }, {}, 'none')
const loraPlain = withData(base, { microBatch: 4 }, 'none')
const loraCheckpointed = withData(base, { microBatch: 4 })

const expected = (plan: Plan) => {
  const result = estimate(plan)
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.value
}

describe('headroom estimate', () => {
  it('reports the plan, phases, breakdown and totals', async () => {
    const { code, out, err } = await headroom(['estimate', file('lora.json', loraCheckpointed)])
    expect([code, err]).toEqual([0, ''])
    expect(out).toContain('Llama 3.1 8B · LoRA (r=8, q_proj, v_proj)')
    expect(out).toMatch(/Backward +28\.8\d GiB +28\.86 GiB {2}◂ peak/)
    expect(out).toMatch(/^Total +[\d.]+ GiB +[\d.]+ – [\d.]+ GiB/m)
    expect(out).not.toContain('\u001B')
  })

  // Phase peaks of the reference simulator for these runs.
  it.each([['full 7B', fullLlama, 50.221], ['LoRA 8B', loraPlain, 64.786], ['LoRA 8B checkpointed', loraCheckpointed, 28.864]] as const)('gives the peak of %s', async (_, plan, peak) => {
    const { code, out } = await headroom(['estimate', file('worked.json', plan), '--json'])
    expect(code).toBe(0)
    const value = JSON.parse(out) as ReturnType<typeof expected>
    expect(value).toEqual(JSON.parse(JSON.stringify(expected(plan))))
    expect(Math.round(value.phases[value.peakPhase]!.peak / 1024 ** 3 * 1000) / 1000).toBe(peak)
  })

  it('reads standard input, and answers in Chinese', async () => {
    const { code, out } = await headroom(['estimate', '-', '--lang', 'zh'], { input: JSON.stringify(base) })
    expect(code).toBe(0)
    expect(out).toContain('峰值构成')
    expect((await headroom(['estimate', '-'], { input: JSON.stringify(base), env: { LANG: 'zh_CN.UTF-8' } })).out).toBe(out)
    expect((await headroom(['estimate', '-'], { input: JSON.stringify(base), env: { LC_ALL: 'en_US.UTF-8', LANG: 'zh_CN.UTF-8' } })).out).toContain('At the peak')
  })

  it('estimates many plans, a line each, and goes on after bad ones', async () => {
    const lines = [JSON.stringify(loraPlain), '', '{"type": ', JSON.stringify({ ...base, data: { ...base.data, microBatch: -1 } }), JSON.stringify(base)]
    const { code, out, err } = await headroom(['estimate', '--batch', file('plans.jsonl', lines.join('\r\n'))])
    expect([code, err]).toEqual([2, ''])
    const results = out.trim().split('\n').map((line) => JSON.parse(line) as { line: number, estimate?: { total: { expected: number }, plan?: unknown }, problems?: { path: string, message: string }[] })
    expect(results.map((r) => [r.line, r.problems?.map((p) => p.path) ?? 'estimate'])).toEqual([[1, 'estimate'], [3, ['']], [4, ['data.microBatch']], [5, 'estimate']])
    expect(results[0]?.estimate?.total.expected).toBe(expected(loraPlain).total.expected)
    expect(results[0]?.estimate).not.toHaveProperty('plan')
    expect(results[2]?.problems?.[0]?.message).toContain('data.microBatch is -1')
    const good = await headroom(['estimate', '--batch', '-', '--json', '--fast'], { input: `${JSON.stringify(base)}\n` })
    expect([good.code, good.out.trim().split('\n').length]).toEqual([0, 1])
  })
})

describe('a plan that cannot be used', () => {
  const llama = { ...base, method: { ...defaultMethod('lora'), targets: ['q_proj', 'wqkv'] } }
  const { data: _, ...withoutData } = base
  it.each([
    ['not JSON', '{"type": ', 'The document is not JSON'],
    ['something else', '{"model": 1}', 'is not a Headroom plan'],
    ['of a newer version', { ...base, version: 99 }, 'version was made by a newer Headroom'],
    ['with an unknown field', { ...base, optimiser: {} }, 'optimiser is not a field of a plan'],
    ['with a negative number', { ...base, data: { ...base.data, sequenceLength: -5 } }, 'data.sequenceLength is -5; the smallest possible value is 1.'],
    ['with a huge number', { ...base, data: { ...base.data, sequenceLength: 1e12 } }, 'data.sequenceLength is'],
    ['with a part missing', withoutData, 'data is missing'],
    ['for an unknown model', { ...base, model: { id: 'meta-llama/Llama-3.1-8X' } }, 'meta-llama/Llama-3.1-8X'],
    ['with a LoRA target that the model lacks', llama, 'method.targets'],
    ['with heads that do not divide', { ...base, model: { architecture: { hiddenSize: 64, intermediateSize: 128, layers: 2, heads: 7, kvHeads: 2, headDim: 16, vocabSize: 100, tiedEmbeddings: false } } }, 'is not a multiple']
  ])('gets a line per problem and exit 2: %s', async (_name, content, says) => {
    const name = file('bad.json', content)
    for (const command of [['estimate', name], ['fit', name, '--gpu', 'RTX 4090']]) {
      const { code, out, err } = await headroom(command)
      expect([code, out]).toEqual([2, ''])
      expect(err).toContain(says)
      for (const line of err.trim().split('\n')) expect(line.startsWith(`${name}: `)).toBe(true)
    }
  })

  it('lists every problem, in the reader’s language', async () => {
    const name = file('bad.json', { ...base, data: { ...base.data, microBatch: 0, sequenceLength: 0 } })
    expect((await headroom(['estimate', name])).err.trim().split('\n')).toHaveLength(2)
    expect((await headroom(['estimate', name, '--lang=zh'])).err).toContain('data.microBatch 为 0；允许的最小值是 1。')
  })

  it('says what to do about a file that cannot be read', async () => {
    expect(await headroom(['estimate', path.join(folder, 'absent.json')])).toMatchObject({ code: 2, err: expect.stringContaining('there is no such file') })
    expect(await headroom(['estimate', folder])).toMatchObject({ code: 2, err: expect.stringContaining('is a folder') })
    expect(await headroom(['estimate', '--batch', path.join(folder, 'absent.jsonl')])).toMatchObject({ code: 2, err: expect.stringContaining('there is no such file') })
    expect(await headroom(['estimate', '--batch', folder])).toMatchObject({ code: 2, err: expect.stringContaining('is a folder') })
  })
})

describe('headroom fit', () => {
  it('judges each card and exits 0 when one holds the run, 3 when none does', async () => {
    const name = file('fit.json', loraCheckpointed)
    const both = await headroom(['fit', name, '--gpu', 'RTX 4090', '--gpu', 'a100-sxm4-80gb'])
    expect(both.code).toBe(0)
    expect(both.out).toMatch(/✗ NVIDIA GeForce RTX 4090: does not fit\n {2}Needs/)
    expect(both.out).toMatch(/✓ NVIDIA A100-SXM4-80GB: fits\n/)
    expect((await headroom(['fit', name, '--gpu', 'RTX 4090'])).code).toBe(3)
  })

  it('counts a run that needs the reserve as fitting, and takes a reserve of one’s own', async () => {
    const name = file('fit.json', fullLlama)
    const tight = await headroom(['fit', name, '--gpu', 'a100-sxm4-80gb', '--reserve', '50%', '--json'])
    expect([tight.code, JSON.parse(tight.out).outcome, JSON.parse(tight.out).reserve]).toEqual([0, 'tight', 0.5])
    expect(JSON.parse((await headroom(['fit', name, '--gpu', 'a100-sxm4-80gb', '--reserve', '0.1', '--json'])).out).outcome).toBe('fits')
  })

  it('takes the library workspaces of each card into account', async () => {
    const { out } = await headroom(['fit', file('fit.json', base), '--gpu', 'a100-sxm4-80gb', '--gpu', 'h100-sxm', '--json'])
    const [a100, h100] = (JSON.parse(out) as { devices: { need: { expected: number } }[] }).devices
    expect(h100!.need.expected).toBeGreaterThan(a100!.need.expected)
  })

  it('judges this machine’s cards by their free memory when none is named', async () => {
    const capture = path.resolve(import.meta.dirname, '../hardware/fixtures/nvidia/xml')
    const name = file('fit.json', base)
    const t4 = await headroom(['fit', name], { env: withSmi(folder, `cat '${capture}/tesla-t4.xml'`) })
    expect(t4).toMatchObject({ code: 3, out: expect.stringMatching(/✗ Tesla T4: does not fit\n {2}Needs [\d.]+ GiB of 13\.61 GiB available/) })
    const a100 = await headroom(['fit', name, '--json'], { env: withSmi(folder, `cat '${capture}/a100-sxm4-80gb-mig.xml'`) })
    expect([a100.code, (JSON.parse(a100.out) as { devices: unknown[] }).devices.length]).toEqual([3, 4])
  })

  it('says why when there is no card, and exits 2', async () => {
    const name = file('fit.json', base)
    const none = await headroom(['fit', name], { env: withSmi(folder, 'echo "No devices were found"; exit 6') })
    expect([none.code, none.out]).toEqual([2, ''])
    expect(none.err).toContain('finds no usable card')
    expect(none.err).toContain('--gpu')
  })

  it('helps with names that mean no card, or several', async () => {
    const name = file('fit.json', base)
    const { code, err } = await headroom(['fit', name, '--gpu', 'RTX 3060', '--gpu', 'zzzz'])
    expect(code).toBe(2)
    expect(err).toMatch(/“RTX 3060” may mean several cards: .*rtx-3060-12gb/)
    expect(err).toContain('“zzzz” is not in the catalog')
    expect(await headroom(['fit', name, '--gpu', '4090', '--reserve', '1.5'])).toMatchObject({ code: 2, err: expect.stringContaining('--reserve is “1.5”') })
  })
})

describe('headroom plan, models, gpus, detect', () => {
  it('prints a plan that can be estimated, for every method', async () => {
    for (const method of ['full', 'lora', 'qlora']) {
      const { code, out } = await headroom(['plan', '--model', 'Qwen/Qwen2.5-7B', '--method', method])
      const plan = parsePlanText(out)
      expect([code, plan.ok && plan.value.model, plan.ok && plan.value.method.kind]).toEqual([0, { id: 'Qwen/Qwen2.5-7B' }, method])
      expect(plan.ok && estimate(plan.value, { depth: 'fast' }).ok).toBe(true)
    }
    expect(await headroom(['plan', '--model', 'Qwen/Qwen2.5-7X'])).toMatchObject({ code: 2, err: expect.stringContaining('did you mean') })
    const grpo = await headroom(['plan', '--model', 'Qwen/Qwen2.5-7B', '--algorithm', 'grpo'])
    expect(parsePlanText(grpo.out)).toMatchObject({ ok: true, value: { algorithm: 'grpo', reinforcement: { groupSize: 8 } } })
    expect(await headroom(['plan', '--algorithm', 'drpo'])).toMatchObject({ code: 2, err: expect.stringContaining('did you mean') })
    expect(await headroom(['plan', '--method', 'qlroa'])).toMatchObject({ code: 2, err: expect.stringContaining('did you mean qlora?') })
  })

  it('searches models and cards', async () => {
    const models = await headroom(['models', 'qwen2.5', '7b'])
    expect(models).toMatchObject({ code: 0, out: expect.stringMatching(/^Qwen\/Qwen2\.5-7B +7\.62B +28 +3,584/m) })
    const listed = JSON.parse((await headroom(['models', 'llama 3.1 8b', '--json', '--limit', '1'])).out) as { id: string, parameters: number, simulated: boolean }[]
    expect(listed).toMatchObject([{ id: 'meta-llama/Llama-3.1-8B', parameters: 8030261248, simulated: true }])
    expect((await headroom(['gpus', '4090'])).out).toMatch(/NVIDIA GeForce RTX 4090 +23\.64 GiB/)
    expect(await headroom(['models', 'qqqqqqqq'])).toMatchObject({ code: 0, out: '', err: expect.stringContaining('No model matches') })
  })

  it('shows what was detected, as text and as JSON', async () => {
    const env = withSmi(folder, `cat '${path.resolve(import.meta.dirname, '../hardware/fixtures/nvidia/xml/tesla-t4.xml')}'`)
    const shown = await headroom(['detect'], { env })
    expect(shown.code).toBe(0)
    expect(shown.out).toMatch(/0 {2}Tesla T4 +15\.00 GiB +1\.01 GiB +13\.61 GiB +7\.5/)
    expect(shown.out).toMatch(/python +5762 +0\.98 GiB/)
    expect(JSON.parse((await headroom(['detect', '--json'], { env })).out)).toMatchObject({ gpus: [{ name: 'Tesla T4' }], findings: [] })
    expect(shown.out).toMatch(/ 0% +40 °C +27\/70 W/)
    expect(await headroom(['detect'], { env: withSmi(folder, 'exit 9') })).toMatchObject({ code: 0, out: expect.stringContaining('driver is not running') })
  })

  it('reads what was copied from another machine', async () => {
    const fixture = (file: string): string => path.resolve(import.meta.dirname, '../hardware/fixtures/nvidia', file)
    const table = await headroom(['detect', '--from', fixture('tables/rtx5090-595.table.txt')])
    expect(table).toMatchObject({ code: 0, out: expect.stringMatching(/0 {2}NVIDIA GeForce RTX 5090 +31\.84 GiB +0\.48 GiB +\? +12\.0/) })
    const listing = await headroom(['detect', '--json', '--from', '-'], { input: readFileSync(fixture('machines/h200-mig-590-linux/idle.q.txt'), 'utf8') })
    expect(JSON.parse(listing.out)).toMatchObject({ driverVersion: '590.48.01', gpus: [{ name: 'NVIDIA H200', computeCapability: '9.0', mig: { instances: 5 } }], host: { name: 'stdin', ramTotalBytes: 0 } })
    expect(await headroom(['detect', '--from', '-'], { input: 'hello' })).toMatchObject({ code: 2, out: expect.stringContaining('no report of GPUs') })
    expect(await headroom(['detect', '--from', '/absent'])).toMatchObject({ code: 2, err: expect.stringContaining('/absent') })
  })
})

describe('usage', () => {
  it.each([['--help'], ['help', 'fit'], ...['estimate', 'fit', 'plan', 'detect', 'models', 'gpus', 'serve'].map((name) => [name, '--help'])])('offers help in both languages: %s %s', async (...args) => {
    const given = args.filter((arg) => arg !== undefined)
    expect(await headroom(given)).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/Usage: headroom/) })
    expect(await headroom([...given, '--lang', 'zh'])).toMatchObject({ code: 0, out: expect.stringMatching(/用法：headroom/) })
  })

  it('tells its version', async () => {
    expect(await headroom(['--version'])).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
  })

  it.each([
    [['estmate', 'x'], 'Did you mean “estimate”?'],
    [['constructor'], 'Unknown command “constructor”.'],
    [['fit', '--gpuu', 'x'], 'Unknown option --gpuu. Did you mean --gpu?'],
    [['detect', '--xyzzy'], 'Unknown option --xyzzy.'],
    [['estimate'], 'PLAN.json is missing.'],
    [['estimate', 'a', 'b'], 'one too many'],
    [['fit', 'a', '--gpu'], '--gpu needs a value.'],
    [['detect', '--json=yes'], '--json takes no value.'],
    [['detect', 'x'], 'is not expected here'],
    [['detect', '--lang', 'fr'], '--lang is “fr”'],
    [['serve', '--port', '99999'], '--port is “99999”'],
    [['models', '--limit', 'many'], '--limit is “many”'],
    [[], 'Usage: headroom COMMAND']
  ])('answers %j with exit 2 and a hint', async (args, says) => {
    const { code, out, err } = await headroom(args)
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(says)
  })
})
