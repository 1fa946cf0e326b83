import { appliedName, compareWithSimpleSum, describeTerm, leverName, termName, type Saving, type Savings } from '../advice/index.ts'
import { hostPartName, type Dimension, type Estimate, type Part } from '../memory/index.ts'
import { bytes, formatCount, formatDelta, formatGib, type Locale } from '../units/index.ts'
import { categoryName, phaseName } from './names.ts'
import { interval, typicalLines } from './estimateReport.ts'
import { plain, type ReportOptions } from './paint.ts'
import { summarizePlan } from './planSummary.ts'
import { alignColumns } from './table.ts'
import { tensorName } from './tensorNames.ts'

type Painter = NonNullable<ReportOptions['paint']>

/** Lines of the table of parts; what is smaller is summed up in one more. */
const PARTS = 15

/** What holds the memory at the peak, what each usual change would save, and why it is more than parameters × bytes. */
export function reportExplanation (estimate: Estimate, savings: Savings, { locale, paint = plain, width = 100 }: ReportOptions): string[] {
  const [title, model, batch] = summarizePlan(estimate, locale)
  const peak = estimate.phases[estimate.peakPhase]!
  const head = locale === 'zh'
    ? `峰值位于${phaseName(peak.kind, locale)}（第 ${peak.step + 1} 步）：张量共 ${formatGib(peak.peak, locale)}`
    : `The peak is in the ${phaseName(peak.kind, locale).toLowerCase()} of step ${peak.step + 1}: ${formatGib(peak.peak, locale)} of tensors`
  return [
    paint('strong', title),
    ...[model, batch].map((line) => paint('faint', line)),
    '',
    paint('strong', head),
    ...typicalLines(estimate, locale, width).slice(1),
    ...partsTable(estimate.parts, locale, paint),
    '',
    paint('strong', savingsTitle(savings, locale)),
    ...savingsTable(savings.savings, leverName, SAVINGS_HEAD[locale], locale, paint),
    ...appliedBlock(savings, locale, paint),
    '',
    paint('strong', locale === 'zh' ? '为何超过“参数量 × 字节数”' : 'Why it is more than parameters × bytes'),
    ...sumTable(estimate, locale, paint),
    ...hostTable(estimate, locale, paint)
  ]
}

function partsTable (parts: readonly Part[], locale: Locale, paint: Painter): string[] {
  const head = locale === 'zh' ? ['类别', '模块', '张量', '形状', '类型', '数量', '显存', '来源'] : ['Category', 'Module', 'Tensor', 'Shape', 'Type', 'Count', 'Memory', 'Source']
  const rows = parts.slice(0, PARTS).map((part) => [
    categoryName(part.category, locale), part.module, tensorName(part.tensor, locale), shapeText(part.shape), part.dtype, formatCount(part.count, locale), formatGib(part.bytes, locale, 3), paint('faint', part.source)
  ])
  const rest = parts.slice(PARTS)
  if (rest.length > 0) {
    const sum = bytes(rest.reduce((total, part) => total + part.bytes, 0))
    const count = rest.reduce((total, part) => total + part.count, 0)
    rows.push([locale === 'zh' ? `其余 ${rest.length} 种` : `${rest.length} smaller kinds`, '', '', '', '', formatCount(count, locale), formatGib(sum, locale, 3), ''])
  }
  return alignColumns([head.map((cell) => paint('faint', cell)), ...rows], ['left', 'left', 'left', 'left', 'left', 'right', 'right', 'left'])
}

/** `b·s·V = 4·2048·128256` */
const shapeText = (shape: readonly Dimension[]): string =>
  shape.length === 0 ? '1' : `${shape.map((d) => d.symbol).join('·')} = ${shape.map((d) => d.size).join('·')}`

/** Both sides of every line are quick estimates, so the plan's own is named too. */
function savingsTitle ({ base }: Savings, locale: Locale): string {
  const needs = formatGib(base.total.expected, locale)
  return locale === 'zh' ? `各项调整可节省的显存（按同样的快速估计，现方案需要 ${needs}）` : `What each change would save (by the same quick estimate the plan needs ${needs})`
}

const SAVINGS_HEAD = { en: ['Change', 'Saves', 'Then needs', 'Mostly in'], zh: ['调整', '节省', '调整后', '主要变化'] } as const
const APPLIED_HEAD = { en: ['In the plan', 'Saves', 'Without it', 'Mostly in'], zh: ['方案已采用', '节省', '若不采用', '主要变化'] } as const

function appliedBlock ({ applied }: Savings, locale: Locale, paint: Painter): string[] {
  if (applied.length === 0) return []
  return ['', paint('strong', locale === 'zh' ? '方案中已有设置节省的显存' : 'What the plan already saves'), ...savingsTable(applied, appliedName, APPLIED_HEAD[locale], locale, paint)]
}

function savingsTable (savings: readonly Saving[], nameOf: typeof leverName, head: readonly string[], locale: Locale, paint: Painter): string[] {
  const rows = savings.map(({ lever, saved, estimate, byCategory }) => {
    const parts = Object.entries(byCategory) as [Parameters<typeof categoryName>[0], number][]
    const largest = parts.toSorted((a, b) => Math.abs(b[1]) - Math.abs(a[1])).slice(0, 2)
    const mostly = largest.map(([category, difference]) => `${categoryName(category, locale)} ${formatDelta(bytes(-difference), locale)}`).join(locale === 'zh' ? '，' : ', ')
    return [nameOf(lever, locale), signedGib(saved, locale), formatGib(estimate.total.expected, locale), paint('faint', mostly)]
  })
  return alignColumns([head.map((cell) => paint('faint', cell)), ...rows], ['left', 'right', 'right', 'left'])
}

/** Half a hundredth of a GiB. */
const LEAST_SHOWN = 1024 ** 3 / 200

const signedGib = (amount: number, locale: Locale): string => `${amount <= -LEAST_SHOWN ? '−' : ''}${formatGib(bytes(Math.abs(amount)), locale)}`

function sumTable (estimate: Estimate, locale: Locale, paint: Painter): string[] {
  const { terms, simple, real } = compareWithSimpleSum(estimate)
  const head = locale === 'zh' ? ['', '简单相加', '实际', '原因'] : ['', 'Simple sum', 'Really', 'Why']
  const rows = terms.map((term) => [
    termName(term.term, locale), term.simple > 0 ? formatGib(bytes(Math.round(term.simple)), locale) : '', formatGib(bytes(term.real), locale), paint('faint', describeTerm(term, estimate, locale))
  ])
  const total = [locale === 'zh' ? '合计' : 'Total', formatGib(bytes(Math.round(simple)), locale), formatGib(bytes(real), locale), '']
  return alignColumns([head.map((cell) => paint('faint', cell)), ...rows, total.map((cell) => paint('strong', cell))], ['left', 'right', 'right', 'left'])
}

function hostTable ({ host }: Estimate, locale: Locale, paint: Painter): string[] {
  if (!host) return []
  const head = locale === 'zh' ? ['阶段', '内容', '预计', '区间', '来源'] : ['Stage', 'What', 'Expected', 'Range', 'Source']
  const stages = locale === 'zh' ? { loading: '加载', training: '训练' } : { loading: 'loading', training: 'training' }
  const rows = host.parts.map(({ stage, name, bytes: held, source }) => [stages[stage], hostPartName(name, locale), formatGib(held.expected, locale), interval(held, locale), paint('faint', source)])
  return ['', paint('strong', locale === 'zh' ? '主机内存' : 'Host RAM'), ...alignColumns([head.map((cell) => paint('faint', cell)), ...rows], ['left', 'left', 'right', 'right', 'left'])]
}
