import type { SweepCell } from '#shared/advice/index.ts'
import type { SweepRequest } from '../workers/sweepMessages.ts'

/** A cell as it is known: `stale` is of an earlier plan, kept until the new figure is there; `exact` with the allocator's replay. */
export interface GridCell extends SweepCell {
  readonly stale: boolean
  readonly exact: boolean
}

/** A grid that is being computed or has been, row by row; a cell that nothing is known of is undefined. */
export interface Grid {
  readonly request: SweepRequest
  readonly cells: readonly (GridCell | undefined)[]
}

const indexOf = ({ request: { x } }: Grid, column: number, row: number): number => row * x.values.length + column

export const freshCells = ({ cells }: Grid): number => cells.filter((cell) => cell && !cell.stale).length
/** Cells as good as they get: in full, or refused. */
export const exactCells = ({ cells }: Grid): number => cells.filter((cell) => cell && !cell.stale && (cell.exact || cell.total === null)).length

/** A new grid; cells of the last one with the same two settings and values stand in until they are replaced. */
export function startGrid (request: SweepRequest, before: Grid | null): Grid {
  const { x, y } = request
  const source = before !== null && before.request.x.id === x.id && before.request.y.id === y.id ? before : null
  const columns = x.values.map((value) => source?.request.x.values.indexOf(value) ?? -1)
  const cells = y.values.flatMap((value, row) => {
    const rowBefore = source?.request.y.values.indexOf(value) ?? -1
    return columns.map((columnBefore, column) => {
      const cell = source && rowBefore >= 0 && columnBefore >= 0 ? source.cells[indexOf(source, columnBefore, rowBefore)] : undefined
      return cell && { ...cell, column, row, stale: true }
    })
  })
  return { request, cells }
}

export function withCells (grid: Grid, found: readonly SweepCell[], exact: boolean): Grid {
  const cells = [...grid.cells]
  for (const cell of found) cells[indexOf(grid, cell.column, cell.row)] = { ...cell, stale: false, exact }
  return { ...grid, cells }
}
