/** A place in the grid. */
export interface Place {
  readonly column: number
  readonly row: number
}

/** Rows that Page Up and Page Down go over. */
const PAGE = 4

type Press = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey'>

/** Where a key leads from a place, as in a spreadsheet; null: it is not one that moves. */
export function moved ({ key, ctrlKey, metaKey }: Press, { column, row }: Place, columns: number, rows: number): Place | null {
  const far = ctrlKey || metaKey
  const at = (nextColumn: number, nextRow: number): Place => ({
    column: Math.min(columns - 1, Math.max(0, nextColumn)),
    row: Math.min(rows - 1, Math.max(0, nextRow))
  })
  switch (key) {
    case 'ArrowLeft': return at(far ? 0 : column - 1, row)
    case 'ArrowRight': return at(far ? columns : column + 1, row)
    case 'ArrowUp': return at(column, far ? 0 : row - 1)
    case 'ArrowDown': return at(column, far ? rows : row + 1)
    case 'Home': return at(0, far ? 0 : row)
    case 'End': return at(columns, far ? rows : row)
    case 'PageUp': return at(column, row - PAGE)
    case 'PageDown': return at(column, row + PAGE)
    default: return null
  }
}
