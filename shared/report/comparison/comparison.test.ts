import { describe, expect, it } from 'vitest'
import { featuresOfCapability } from '../../catalog/index.ts'
import { judge, type TargetDevice } from '../../fit/index.ts'
import { estimate, PHASE_KINDS } from '../../memory/index.ts'
import { defaultMethod, defaultPlan, withAlgorithm, type Plan } from '../../plan/index.ts'
import { gib } from '../../units/index.ts'
import { comparisonCsv, comparisonHtml, comparisonMarkdown, comparisonTable, compareScenarios, formatCell, formatDeltaCell, type Compared } from './index.ts'

const card: TargetDevice = { id: 'a', name: 'A100', capacity: gib(40), free: gib(40), origin: 'catalog', computeCapability: '8.0' }
const column = (name: string, plan: Plan): Compared => {
  const result = estimate(plan, { depth: 'fast' })
  return { id: name, name, plan, estimate: result.ok ? result.value : null, verdict: result.ok ? judge(result.value, { devices: [card], reserve: 0.3 })!.devices[0]! : null }
}
const base = defaultPlan('Qwen/Qwen2.5-7B')
const columns = [column('LoRA', base), column('full | "all"', { ...base, method: { kind: 'full' } }), column('=DPO', withAlgorithm({ ...base, method: defaultMethod('qlora') }, 'dpo'))]
const options = { baseline: 0, locale: 'en', differencesOnly: true } as const

describe('comparing scenarios', () => {
  const rows = compareScenarios(columns, 0, 'en')
  const row = (key: string) => rows.find((one) => one.key === key)!

  it('measures every figure against the baseline', () => {
    const total = row('memory.total')
    expect(total.cells).toEqual(columns.map(({ estimate: e }) => e!.total.expected))
    expect(total.deltas).toEqual([null, columns[1]!.estimate!.total.expected - columns[0]!.estimate!.total.expected, columns[2]!.estimate!.total.expected - columns[0]!.estimate!.total.expected])
    expect(row('verdict.outcome').cells).toEqual(columns.map(({ verdict }) => verdict!.outcome))
    expect(formatDeltaCell(total, 1, 0, 'en')).toMatch(/^\+\d+\.\d\d GiB \(\+\d+%\)$/)
    expect(formatDeltaCell(total, 0, 0, 'en')).toBe('')
    expect(formatDeltaCell({ ...total, cells: [gib(16), gib(16) + 2 ** 20], deltas: [null, 2 ** 20] }, 1, 0, 'en')).toBe('+1.00 MiB')
  })

  it('names the settings that differ, each of a section that only one has', () => {
    expect(row('settings.method.kind').cells).toEqual(['LoRA', 'full fine-tuning', 'QLoRA'])
    expect(row('settings.preference.loss').cells).toEqual([null, null, 'sigmoid'])
    expect(row('settings.method.rank').cells).toEqual([8, null, 16])
    expect(row('settings.data.microBatch').differs).toBe(false)
    expect(rows.some(({ key }) => key === 'settings.type' || key === 'settings.version')).toBe(false)
  })

  it('says what holds most, and what the card cannot do', () => {
    expect(row('verdict.largest').cells[1]).toMatch(/^(Optimizer states|Gradients|Weights|Activations) \(\d+%\)$/)
    const turing: TargetDevice = { ...card, computeCapability: '7.5', features: featuresOfCapability('7.5') }
    const result = estimate(base, { depth: 'fast' })
    if (!result.ok) throw new Error('no estimate')
    const [refusal] = compareScenarios([{ ...columns[0]!, verdict: judge(result.value, { devices: [turing], reserve: 0.3 })!.devices[0]! }], 0, 'en').filter(({ key }) => key === 'verdict.refusal')
    expect(refusal!.cells[0]).toContain('bf16')
  })

  it('orders phases of unlike algorithms as they happen', () => {
    const kinds = compareScenarios([columns[0]!, column('PPO', withAlgorithm(base, 'ppo'))], 0, 'en').filter(({ group }) => group === 'phases').map(({ key }) => key.slice('phases.'.length))
    expect(kinds).toEqual(PHASE_KINDS.filter((kind) => kinds.includes(kind)))
    expect(kinds).toEqual(expect.arrayContaining(['load', 'forward', 'backward', 'optimizer', 'reference-log-probabilities']))
  })

  it('uses the words of a form where there are some, and leaves numbers numbers', () => {
    const words = { name: (path: string) => `the ${path}`, text: (_: string, value: unknown) => `«${String(value)}»` }
    const [kind, rank, loss] = ['method.kind', 'method.rank', 'preference.loss'].map((path) => compareScenarios(columns, 0, 'en', words).find(({ key }) => key === `settings.${path}`)!)
    expect([kind!.label, kind!.cells]).toEqual(['the method.kind', ['«lora»', '«full»', '«qlora»']])
    expect(rank!.cells).toEqual([8, '«undefined»', 16])
    expect(loss!.cells).toEqual([null, null, '«sigmoid»'])
  })

  it('hides what is equal on demand', () => {
    const all = comparisonTable(columns, { ...options, differencesOnly: false }).flatMap(({ rows: some }) => some)
    const different = comparisonTable(columns, options).flatMap(({ rows: some }) => some)
    expect(different.length).toBeLessThan(all.length)
    expect(different.every(({ differs }) => differs)).toBe(true)
    expect(different.some(({ key }) => key === 'categories.context')).toBe(false)
  })

  it('leaves a scenario without an estimate its settings', () => {
    const broken = { ...columns[0]!, name: 'broken', estimate: null, verdict: null }
    const [total] = compareScenarios([columns[0]!, broken], 0, 'zh').filter(({ key }) => key === 'memory.total')
    expect([total!.cells[1], total!.deltas[1], formatCell(total!, 1, 'zh')]).toEqual([null, null, ''])
  })
})

describe('files', () => {
  it('Markdown keeps its columns whatever the names are', () => {
    const lines = comparisonMarkdown(columns, options).split('\n').filter((line) => line.startsWith('|'))
    for (const line of lines) expect(line.replaceAll('\\|', '').split('|')).toHaveLength(6)
    expect(lines[0]).toContain('LoRA (baseline)')
  })

  it('CSV has plain numbers, quoted names, and no formulas', () => {
    const csv = comparisonCsv(columns, options)
    expect(csv.split('\r\n')[0]).toBe(`group,key,label,unit,LoRA,"full | ""all""",'=DPO`)
    expect(csv).toContain(`memory.total,Total on the GPU,bytes,${columns.map(({ estimate: e }) => e!.total.expected).join(',')}`)
  })

  it('HTML stands alone and shows names as text', () => {
    const html = comparisonHtml([{ ...columns[0]!, name: '<img src=x onerror=1>' }, columns[1]!], { ...options, title: 'A & B', madeAt: '2026-11-24' })
    expect(html).toContain('&lt;img src=x onerror=1&gt;')
    expect(html).not.toMatch(/<img|<script|https?:|url\(/)
    expect(html).toContain('A &amp; B')
  })
})
