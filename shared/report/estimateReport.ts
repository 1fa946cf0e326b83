import { CATEGORIES, describeAssumption, type Estimate, type PhasePeak, type Uncertain } from '../memory/index.ts'
import { bytes, formatGib, formatPercent, type Bytes, type Locale } from '../units/index.ts'
import { categoryName, phaseName } from './names.ts'
import { plain, type ReportOptions } from './paint.ts'
import { summarizePlan } from './planSummary.ts'
import { describeTypical } from './typicalReport.ts'
import { alignColumns, bar } from './table.ts'
import { wrap } from './width.ts'

const BAR_WIDTH = 28

/** An estimate as lines of text: the plan, peak per phase, breakdown at the peak, totals with their intervals, assumptions. */
export function reportEstimate (estimate: Estimate, { locale, paint = plain, width = 100 }: ReportOptions): string[] {
  const [title, model, batch] = summarizePlan(estimate, locale)
  return [
    paint('strong', title),
    ...[model, batch].map((line) => paint('faint', line)),
    '',
    ...phaseTable(estimate, locale, paint),
    ...engineNote(estimate, locale, paint, width),
    '',
    ...breakdownTable(estimate, locale, paint),
    '',
    ...totals(estimate, locale, paint),
    ...typicalLines(estimate, locale, width),
    ...hostBlock(estimate, locale, paint),
    '',
    paint('strong', locale === 'zh' ? '假定' : 'Assumptions'),
    ...estimate.assumptions.flatMap((assumption) => bullet(describeAssumption(assumption, locale), width).map((line) => paint('faint', line)))
  ]
}

type Painter = NonNullable<ReportOptions['paint']>

/** Peaks by phase, once for the first step and once for every later one: optimizer states make the difference. */
function phaseTable ({ phases, peakPhase }: Estimate, locale: Locale, paint: Painter): string[] {
  const head = locale === 'zh' ? ['阶段', '首个更新步', '其后各步'] : ['Phase', 'First step', 'Later steps']
  const highest = phases[peakPhase]
  const kinds = [...new Set(phases.map((phase) => phase.kind))]
  const rows = kinds.map((kind) => {
    const steps = [0, 1].map((step) => highestOf(phases.filter((phase) => phase.kind === kind && phase.step === step)))
    const marked = highest?.kind === kind && steps.some((phase) => phase?.peak === highest.peak)
    const cells = steps.map((phase) => phase === null ? '' : `${formatGib(phase.peak, locale)}${phase.engine ? ` + ${formatGib(phase.engine, locale)}` : ''}`)
    return [phaseName(kind, locale), ...cells, marked ? paint('accent', locale === 'zh' ? '◂ 峰值' : '◂ peak') : '']
  })
  return alignColumns([head.map((cell) => paint('faint', cell)), ...rows], ['left', 'right', 'right', 'left'])
}

/** What the figures after a plus sign are. */
function engineNote ({ engine }: Estimate, locale: Locale, paint: Painter, width: number): string[] {
  if (!engine) return []
  const { concurrency, cachePerSequence } = engine
  const cache = formatGib(cachePerSequence, locale)
  const text = locale === 'zh'
    ? `“+”之后为推理引擎占用（不在 PyTorch 分配器内）。每条序列的 KV 缓存 ${cache}${concurrency === null ? '' : `，可同时容纳 ${concurrency} 条`}。`
    : `After “+”: the inference engine, outside PyTorch’s allocator. Its cache takes ${cache} a sequence${concurrency === null ? '' : `; ${concurrency} fit at a time`}.`
  return wrap(text, width).map((line) => paint('faint', line))
}

function highestOf (phases: readonly PhasePeak[]): PhasePeak | null {
  return phases.reduce<PhasePeak | null>((best, phase) => best === null || phase.peak > best.peak ? phase : best, null)
}

function breakdownTable ({ breakdown, total }: Estimate, locale: Locale, paint: Painter): string[] {
  const present = CATEGORIES.flatMap((category) => {
    const held = breakdown[category] ?? bytes(0)
    return held > 0 ? [{ category, held, share: held / total.expected }] : []
  })
  const widest = Math.max(...present.map(({ share }) => share))
  const head = locale === 'zh' ? ['峰值构成', '显存', '占比'] : ['At the peak', 'Memory', 'Share']
  const rows = present.map(({ category, held, share }) => [
    categoryName(category, locale), formatGib(held, locale), formatPercent(share, locale, 1), paint('accent', bar(share / widest, BAR_WIDTH))
  ])
  return alignColumns([head.map((cell) => paint('faint', cell)), ...rows], ['left', 'right', 'right', 'left'])
}

function totals ({ allocated, reserved, total }: Estimate, locale: Locale, paint: Painter): string[] {
  const names = locale === 'zh' ? ['已分配', '已保留', '总计'] : ['Allocated', 'Reserved', 'Total']
  const meanings = locale === 'zh'
    ? ['max_memory_allocated', 'max_memory_reserved', 'nvidia-smi 显示的进程占用']
    : ['max_memory_allocated', 'max_memory_reserved', 'what nvidia-smi shows for the process']
  return alignColumns([
    [names[0]!, formatGib(allocated, locale), '', paint('faint', meanings[0]!)],
    [names[1]!, formatGib(reserved.expected, locale), interval(reserved, locale), paint('faint', meanings[1]!)],
    [names[2]!, paint('strong', formatGib(total.expected, locale)), interval(total, locale), paint('faint', meanings[2]!)]
  ], ['left', 'right', 'right', 'left'])
}

/** Why the longest batch counts, where batches differ. */
export const typicalLines = (estimate: Estimate, locale: Locale, width: number): string[] => {
  const text = describeTypical(estimate, locale)
  return text === null ? [] : ['', ...wrap(text, width)]
}

/** Memory on the host, which nvidia-smi does not show. */
function hostBlock ({ host }: Estimate, locale: Locale, paint: Painter): string[] {
  if (!host) return []
  const head = locale === 'zh' ? ['主机内存', '预计', '区间'] : ['Host RAM', 'Expected', 'Range']
  const names = locale === 'zh' ? ['加载时', '训练时'] : ['While loading', 'While training']
  const rows = [host.loading, host.training].map((value, i) => [names[i]!, formatGib(value.expected, locale), interval(value, locale)])
  return ['', ...alignColumns([head.map((cell) => paint('faint', cell)), ...rows], ['left', 'right', 'right'])]
}

/** `50.47 – 54.66 GiB` */
export function interval ({ low, high }: Uncertain, locale: Locale): string {
  const number = (b: Bytes): string => formatGib(b, locale)
  return low === high ? '' : `${number(low).replace(' GiB', '')} – ${number(high)}`
}

/** A sentence as a list item, wrapped with a hanging indent. */
export function bullet (sentence: string, width: number): string[] {
  return wrap(sentence, width - 2).map((line, i) => `${i === 0 ? '·' : ' '} ${line}`)
}
