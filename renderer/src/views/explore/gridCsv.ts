import { anyAxis, type AxisValue } from '#shared/advice/index.ts'
import type { Grid } from '../../stores/exploreStoreGrid.ts'
import { describeProblem } from '#shared/plan/index.ts'

/** A spreadsheet would run what begins like a formula; commas and quotes are quoted. */
function text (value: AxisValue): string {
  const plain = String(value)
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(plain) ? `'${plain}` : plain
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/**
 * The grid as CSV (RFC 4180, lines ending in LF): a row per cell with the paths of both settings, bytes, and why a cell has none.
 * Cells that are not computed yet are left out.
 */
export function gridCsv ({ request: { x, y, device, reserve }, cells }: Grid): string {
  const header = [anyAxis(x.id).path, anyAxis(y.id).path, 'verdict', 'needed_bytes', 'low_bytes', 'high_bytes', 'margin_bytes', 'dominant', 'reason', 'card', 'free_bytes', 'reserve_share']
  const rows = cells.flatMap((cell) => cell && !cell.stale
    ? [[
      text(x.values[cell.column]!), text(y.values[cell.row]!),
        cell.total === null ? 'refused' : cell.outcome ?? '',
        cell.total ?? '', cell.low ?? '', cell.high ?? '', cell.margin ?? '', cell.dominant ?? '',
        text(cell.problem ? describeProblem(cell.problem) : cell.failure ?? cell.lacks ?? ''),
        text(device?.name ?? ''), device?.free ?? '', reserve
    ].join(',')]
    : [])
  return [header.join(','), ...rows, ''].join('\n')
}
