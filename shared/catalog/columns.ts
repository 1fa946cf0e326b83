/* Lists of records by columns: the same key once instead of in every record, and like values side by side, which compresses better. */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
type Row = Readonly<Record<string, Json>>

/** A column: the values of the rows that have the key, in order; `of`: which rows those are, where not all; `table`: the values are records themselves. */
interface Column {
  readonly of?: readonly number[]
  readonly values?: readonly Json[]
  readonly table?: Table
}
export interface Table {
  readonly rows: number
  readonly columns: Readonly<Record<string, Column>>
}

const isRow = (value: Json): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The rows as columns. Keys keep the order in which they first appear. */
export function toColumns (rows: readonly Row[]): Table {
  const keys = new Set(rows.flatMap((row) => Object.keys(row)))
  const columns = [...keys].map((key): [string, Column] => {
    const of = rows.flatMap((row, i) => key in row ? [i] : [])
    const values = of.map((i) => rows[i]![key]!)
    return [key, { ...of.length < rows.length ? { of } : {}, ...values.every(isRow) ? { table: toColumns(values) } : { values } }]
  })
  return { rows: rows.length, columns: Object.fromEntries(columns) }
}

/** The rows again. */
export function toRows ({ rows, columns }: Table): Row[] {
  const result: Record<string, Json>[] = Array.from({ length: rows }, () => ({}))
  for (const [key, { of, values, table }] of Object.entries(columns)) {
    (values ?? toRows(table!)).forEach((value, i) => { result[of ? of[i]! : i]![key] = value })
  }
  return result
}
