import type { Locale } from '../../units/index.ts'
import { formatCell, formatDeltaCell } from './cells.ts'
import { COMPARISON_GROUPS, compareScenarios, type Compared, type ComparisonGroup, type ComparisonRow, type SettingWords } from './rows.ts'

/* A comparison as a file that leaves Headroom. */

export interface ComparisonOptions {
  readonly baseline: number
  readonly locale: Locale
  /** Only rows in which the scenarios differ. */
  readonly differencesOnly: boolean
  readonly words?: SettingWords
}

const GROUP_NAMES: Readonly<Record<ComparisonGroup, Readonly<Record<Locale, string>>>> = {
  verdict: { en: 'Verdict', zh: '结论' },
  memory: { en: 'GPU memory', zh: '显存' },
  phases: { en: 'Peak by phase', zh: '各阶段峰值' },
  categories: { en: 'At the peak, by category', zh: '峰值构成' },
  host: { en: 'Host', zh: '主机' },
  settings: { en: 'Settings', zh: '设置' }
}

export const comparisonGroupName = (group: ComparisonGroup, locale: Locale): string => GROUP_NAMES[group][locale]

/** The rows to show, by group, groups without rows left out. */
export function comparisonTable (columns: readonly Compared[], { baseline, locale, differencesOnly, words }: ComparisonOptions): { readonly group: ComparisonGroup, readonly rows: readonly ComparisonRow[] }[] {
  const rows = compareScenarios(columns, baseline, locale, words ?? null).filter((row) => row.differs || !differencesOnly)
  return COMPARISON_GROUPS.map((group) => ({ group, rows: rows.filter((row) => row.group === group) })).filter(({ rows: some }) => some.length > 0)
}

/** A Markdown table (GitHub's kind), a heading per group; deltas in brackets after the figures. */
export function comparisonMarkdown (columns: readonly Compared[], options: ComparisonOptions): string {
  const { baseline, locale } = options
  const escape = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('|', '\\|').replaceAll(/[\r\n]+/g, ' ')
  const head = ['', ...columns.map(({ name }, i) => `${escape(name)}${i === baseline ? locale === 'zh' ? '（基准）' : ' (baseline)' : ''}`)]
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return comparisonTable(columns, options).flatMap(({ group, rows }) => [
    `### ${comparisonGroupName(group, locale)}`, '',
    line(head), line(head.map((_, i) => i === 0 ? '---' : '--:')),
    ...rows.map((row) => line([escape(row.label), ...columns.map((_, i) => {
      const delta = formatDeltaCell(row, i, baseline, locale)
      return escape(`${formatCell(row, i, locale)}${delta === '' ? '' : `, ${delta}`}`)
    })])), ''
  ]).join('\n')
}

/** CSV (RFC 4180) with plain numbers: bytes and counts, a row per figure, a column per scenario. */
export function comparisonCsv (columns: readonly Compared[], options: ComparisonOptions): string {
  const rows = comparisonTable(columns, options).flatMap(({ group, rows: some }) => some.map((row) => [
    comparisonGroupName(group, options.locale), row.key, row.label, row.kind === 'bytes' ? 'bytes' : '', ...columns.map((_, i) => row.cells[i] ?? '')
  ]))
  return [['group', 'key', 'label', 'unit', ...columns.map(({ name }) => name)], ...rows].map((cells) => cells.map(csvCell).join(',')).join('\r\n') + '\r\n'
}

/** Quoted where needed. A spreadsheet would run what begins like a formula. */
function csvCell (value: string | number): string {
  if (typeof value === 'number') return String(value)
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
