import type { Comparison, PhaseError } from './compare.ts'
import { bytesText, percent, signed } from './numbers.ts'
import { measuredOf, printPublished, summarizePublished } from './publishedReport.ts'
import type { Inexpressible } from './row.ts'
import { summarize, type ErrorSummary } from './statistics.ts'

export interface Report {
  readonly comparisons: readonly Comparison[]
  readonly inexpressible: readonly Inexpressible[]
  readonly phases: boolean
  readonly passed: boolean
  readonly maxError: number
  readonly maxInexpressible: number
}

const worst = (c: Comparison): PhaseError => c.phases.reduce((w, p) => Math.abs(p.error) > Math.abs(w.error) ? p : w, c.peak)

/** The report as text: rows, classes, reasons and one summary line. */
export function printReport (report: Report, quiet: boolean): string {
  const lines: string[] = []
  const traced = report.comparisons.filter((c) => !c.row.published)
  if (!quiet && traced.length > 0) {
    lines.push('ROWS: predicted, truth, error of the peak; worst phase')
    for (const c of traced) {
      const w = worst(c)
      lines.push(`  ${c.row.id.padEnd(36)} ${bytesText(c.peak.predicted).padStart(12)} ${bytesText(c.peak.truth).padStart(12)} ${signed(c.peak.error).padStart(10)}   ${w.phase} ${signed(w.error)}`)
    }
    lines.push('')
  }
  lines.push('CLASSES: count, median, p95, max of |error|, mean signed error')
  for (const [name, summary] of classes(report)) {
    lines.push(`  ${name.padEnd(84)} ${String(summary.count).padStart(4)} ${percent(summary.median).padStart(9)} ${percent(summary.p95).padStart(9)} ${percent(summary.max).padStart(9)} ${signed(summary.meanSigned).padStart(10)}`)
  }
  const published = summarizePublished(report.comparisons, report.inexpressible)
  if (published) lines.push('', ...printPublished(published, quiet ? [] : measuredOf(report.comparisons)))
  if (report.inexpressible.length > 0) {
    lines.push('', 'NOT EXPRESSIBLE')
    for (const [reason, count] of reasons(report)) lines.push(`  ${String(count).padStart(4)}  ${reason}`)
    if (!quiet) for (const row of report.inexpressible) lines.push(`        ${row.id}: ${row.reason}`)
  }
  lines.push('', summaryLine(report), '')
  return lines.join('\n')
}

export function reportAsJson (report: Report): string {
  const error = ({ phase, predicted, truth, error: e, interval }: PhaseError) => ({ phase, predicted, truth, error: e, interval })
  const published = summarizePublished(report.comparisons, report.inexpressible)
  return `${JSON.stringify({
    rows: report.comparisons.map((c) => ({ id: c.row.id, class: c.row.rowClass, peak: error(c.peak), phases: c.phases.map(error) })),
    classes: Object.fromEntries(classes(report)),
    ...published ? { published: { ...published, rows: measuredOf(report.comparisons).map(({ error: e, ...rest }) => ({ ...rest, ...error(e) })) } } : {},
    inexpressible: report.inexpressible,
    summary: overall(report),
    passed: report.passed
  }, null, 2)}\n`
}

function overall (report: Report) {
  const total = report.comparisons.length + report.inexpressible.length
  return {
    total,
    compared: report.comparisons.length,
    inexpressible: report.inexpressible.length,
    inexpressibleShare: total > 0 ? report.inexpressible.length / total : 0,
    peak: summarize(report.comparisons.map((c) => c.peak.error)),
    phases: summarize(report.comparisons.flatMap((c) => c.phases.map((p) => p.error)))
  }
}

function summaryLine (report: Report): string {
  const { total, compared, inexpressible, inexpressibleShare, peak, phases } = overall(report)
  return `${report.passed ? 'PASS' : 'FAIL'}: ${compared} of ${total} rows compared, ${inexpressible} not expressible (${percent(inexpressibleShare)}); ` +
    `peak |error| median ${percent(peak.median)}, p95 ${percent(peak.p95)}, max ${percent(peak.max)}, mean ${signed(peak.meanSigned)}; ` +
    `all phases max ${percent(phases.max)}`
}

function classes (report: Report): [string, ErrorSummary][] {
  const groups = Map.groupBy(report.comparisons, (c) => c.row.rowClass)
  return [...groups].map(([name, members]): [string, ErrorSummary] => {
    return [name, summarize(members.flatMap((c) => report.phases ? [c.peak, ...c.phases] : [c.peak]).map((p) => p.error))]
  }).sort(([a], [b]) => a.localeCompare(b))
}

function reasons (report: Report): [string, number][] {
  const groups = Map.groupBy(report.inexpressible, (row) => row.reason)
  return [...groups].map(([reason, rows]): [string, number] => [reason, rows.length]).sort((a, b) => b[1] - a[1])
}
