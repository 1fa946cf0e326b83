import { displayWidth, padEnd, padStart } from './width.ts'

export type Align = 'left' | 'right'

/** Rows as lines with aligned columns. The last column is not padded when it is left-aligned, so that no line ends in spaces. */
export function alignColumns (rows: readonly (readonly string[])[], align: readonly Align[], gap = '  '): string[] {
  const widths = align.map((_, column) => Math.max(0, ...rows.map((row) => displayWidth(row[column] ?? ''))))
  return rows.map((row) => align
    .map((side, column) => (side === 'right' ? padStart : padEnd)(row[column] ?? '', widths[column]!))
    .join(gap)
    .trimEnd())
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** A horizontal bar of at most `width` columns for a share of one, exact to an eighth of a column; never empty for a share above 0. */
export function bar (share: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * width * 8)
  if (eighths === 0) return share > 0 ? EIGHTHS[1]! : ''
  return '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8]!
}
