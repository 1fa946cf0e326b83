import path from 'node:path'
import { judge, type TargetDevice } from '#shared/fit/index.ts'
import { estimate } from '#shared/memory/index.ts'
import {
  alignColumns, comparisonCsv, comparisonGroupName, comparisonHtml, comparisonMarkdown, comparisonTable, formatCell, formatDeltaCell, type Compared, type ComparisonOptions
} from '#shared/report/index.ts'
import type { Command } from '../command.ts'
import { EXIT, UsageError } from '../exit.ts'
import { wholeNumber, type Arguments } from '../options.ts'
import { problemsOf, readPlan } from '../planFile.ts'
import { catalogTargets } from '../targets.ts'
import type { Terminal } from '../terminal.ts'

const FORMATS = ['table', 'markdown', 'csv', 'html'] as const

/** `headroom compare A.json B.json…`: plans side by side, measured against one of them. */
export const compareCommand: Command = {
  options: { gpu: { type: 'string' }, baseline: { type: 'string' }, format: { type: 'string' }, all: { type: 'boolean' } },
  async run (args, terminal) {
    const files = args.positionals
    if (files.length < 2) throw new UsageError(terminal.say('Name at least two plan files.', '请至少指定两个方案文件。'))
    const [target] = catalogTargets(args.values('gpu'), terminal)
    const columns: Compared[] = []
    for (const file of files) columns.push(await readColumn(file, target?.device ?? null, terminal))
    const baseline = (wholeNumber(args, 'baseline', { min: 1, max: files.length }, terminal) ?? 1) - 1
    const options: ComparisonOptions = { baseline, locale: terminal.locale, differencesOnly: !args.flag('all') }
    await terminal.print(...render(formatOf(args, terminal), columns, options, terminal))
    return EXIT.ok
  }
}

async function readColumn (file: string, device: TargetDevice | null, terminal: Terminal): Promise<Compared> {
  const plan = await readPlan(file, terminal)
  const result = estimate(plan, { computeCapability: device?.computeCapability ?? null, deviceMemory: device?.capacity ?? null })
  if (!result.ok) throw problemsOf(file, result.problems, terminal)
  const verdict = device && judge(result.value, { devices: [device], reserve: 0.3 })!.devices[0]!
  return { id: file, name: path.basename(file).replace(/\.json$/, ''), plan, estimate: result.value, verdict }
}

function formatOf (args: Arguments, { say }: Terminal): (typeof FORMATS)[number] {
  const wanted = args.value('format') ?? 'table'
  const known = FORMATS.find((format) => format === wanted || (wanted === 'md' && format === 'markdown'))
  if (known) return known
  throw new UsageError(say(`--format is “${wanted}”; choose ${FORMATS.join(', ')}.`, `--format 为“${wanted}”；可选值：${FORMATS.join('、')}。`))
}

function render (format: (typeof FORMATS)[number], columns: readonly Compared[], options: ComparisonOptions, terminal: Terminal): string[] {
  const title = terminal.say('Comparison', '方案比较')
  switch (format) {
    case 'markdown': return [comparisonMarkdown(columns, options).trimEnd()]
    case 'csv': return [comparisonCsv(columns, options).trimEnd()]
    case 'html': return [comparisonHtml(columns, { ...options, title, madeAt: new Date().toISOString().slice(0, 10) }).trimEnd()]
    case 'table': return table(columns, options, terminal)
  }
}

function table (columns: readonly Compared[], options: ComparisonOptions, { paint, say, locale }: Terminal): string[] {
  const { baseline } = options
  const head = ['', ...columns.flatMap(({ name }, i) => [name, i === baseline ? paint('faint', say('baseline', '基准')) : ''])]
  const rows = comparisonTable(columns, options).flatMap(({ group, rows: some }) => [
    [paint('strong', comparisonGroupName(group, locale))],
    ...some.map((row) => [`  ${row.label}`, ...columns.flatMap((_, i) => [formatCell(row, i, locale), paint('faint', formatDeltaCell(row, i, baseline, locale))])])
  ])
  return alignColumns([head, ...rows], ['left', ...columns.flatMap(() => ['right', 'left'] as const)])
}
