import { anySize, LARGEST_MEMORY } from './figures.ts'
import { noNumber, type Absence } from './noNumber.ts'

/* Output of `nvidia-smi --query-gpu=… --format=csv`, also that of --query-compute-apps. */

/** One row, by field name. */
export type QueryRow = ReadonlyMap<string, Cell>

export interface Cell {
  readonly text: string
  /** `MiB`, `W`, `%`, `C` where the header or the cell names one. */
  readonly unit: string | null
}

/** Far beyond any real answer, in characters. */
const LONGEST = 1024 ** 2

/**
 * Rows of the answer. `fields`: as asked for, when the answer has no header; null: the first line names them. A row of another
 * length is dropped, except that a last field `process_name` may hold commas.
 */
export function readQuery (text: string, fields: readonly string[] | null = null): QueryRow[] {
  const lines = text.slice(0, LONGEST).split(/\r?\n/).filter((line) => line.trim() !== '')
  const header = fields === null ? lines.findIndex((line) => /^[a-z_][\w.]*( \[[^\]]*\])?(, ?[\w.]+( \[[^\]]*\])?)*$/i.test(line.trim())) : -1
  if (fields === null && header < 0) return []
  const columns = (fields ?? lines[header]!.split(', ')).map((name) => ({
    name: name.replace(/\s*\[.*\]$/, '').trim(),
    unit: /\[([^\]]+)\]$/.exec(name.trim())?.[1] ?? null
  }))
  return lines.slice(header + 1).flatMap((line) => {
    const cells = cellsOf(line, columns.length, columns.at(-1)?.name === 'process_name')
    return cells === null ? [] : [new Map(columns.map(({ name, unit }, i) => [name, { text: cells[i]!.trim(), unit }]))]
  })
}

function cellsOf (line: string, length: number, lastIsFree: boolean): string[] | null {
  const cells = line.split(/, ?/)
  if (cells.length === length) return cells
  if (!lastIsFree || cells.length < length) return null
  const parts = line.split(', ')
  return parts.length < length ? null : [...parts.slice(0, length - 1), parts.slice(length - 1).join(', ')]
}

/** A cell's text, null when it holds words in place of a value. */
export function textOf (row: QueryRow, field: string): string | null {
  const cell = row.get(field)
  return cell === undefined || noNumber(cell.text) !== null ? null : cell.text
}

/** Why a cell has no value, null when it has one or was not asked for. */
export function absenceOf (row: QueryRow, field: string): Absence | null {
  const cell = row.get(field)
  return cell === undefined ? null : noNumber(cell.text)
}

/** A number without its unit, which must be the given one where any is named. */
export function numberOf (row: QueryRow, field: string, unit: string): number | null {
  const cell = row.get(field)
  const match = /^(-?\d{1,20}(?:\.\d{1,6})?)(?:\s*([%\w]+))?$/.exec(cell?.text ?? '')
  if (cell === undefined || match === null || (match[2] ?? cell.unit ?? unit) !== unit) return null
  return Number(match[1])
}

/** Bytes of a memory field, which is in MiB; null for no figure and for one that no GPU can have. */
export function memoryOfField (row: QueryRow, field: string): number | null {
  const mib = numberOf(row, field, 'MiB')
  const bytes = mib === null ? null : anySize(`${mib} MiB`)
  return bytes !== null && bytes >= 0 && bytes <= LARGEST_MEMORY ? bytes : null
}

/** The field that this driver does not know; one such field costs the whole answer. Null when the answer is no such complaint. */
export function unknownField (text: string): string | null {
  return /Field "([^"]{1,100})" is not a valid field to query/i.exec(text.replaceAll(/\s+/g, ' '))?.[1] ?? null
}
