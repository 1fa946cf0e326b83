import type { SweepCell } from '#shared/advice/index.ts'
import type { SweepRequest } from '../workers/sweepMessages.ts'

/** A cell as it is known: `stale` is of an earlier plan, kept until the new figure is there. */
export interface GridCell extends SweepCell {
  readonly stale: boolean
}

/** A grid that is being computed or has been, row by row; a cell that nothing is known of is undefined. */
export interface Grid {
  readonly request: SweepRequest
  readonly cells: readonly (GridCell | undefined)[]
  readonly fresh: number
}

export const indexOf = ({ request: { x } }: Grid, column: number, row: number): number => row * x.values.length + column

/** A new grid; cells of the last one with the same two settings and values stand in until they are replaced. */
export function startGrid (request: SweepRequest, before: Grid | null): Grid {
  const { x, y } = request
  const carriesOver = before !== null && before.request.x.id === x.id && before.request.y.id === y.id
  const columns = carriesOver ? x.values.map((value) => before.request.x.values.indexOf(value)) : []
  const cells = y.values.flatMap((value, row) => {
    const rowBefore = carriesOver ? before.request.y.values.indexOf(value) : -1
    return x.values.map((_, column) => {
      const cell = rowBefore >= 0 && columns[column]! >= 0 ? before!.cells[indexOf(before!, columns[column]!, rowBefore)] : undefined
      return cell && { ...cell, column, row, stale: true }
    })
  })
  return { request, cells, fresh: 0 }
}

export function withCells (grid: Grid, found: readonly SweepCell[]): Grid {
  const cells = [...grid.cells]
  for (const cell of found) cells[indexOf(grid, cell.column, cell.row)] = { ...cell, stale: false }
  return { ...grid, cells, fresh: grid.fresh + found.length }
}
