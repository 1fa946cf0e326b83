import type { DeviceVerdict, Outcome, RefusedFeature } from '../../fit/index.ts'
import type { Category, Estimate } from '../../memory/index.ts'
import type { Plan, PlanProblem } from '../../plan/index.ts'
import type { Bytes, Result } from '../../units/index.ts'

/** What a sweep needs to know of one plan: its estimate, and the verdict on the card that counts; null without a card. */
export interface Assessment {
  readonly estimate: Estimate
  readonly verdict: DeviceVerdict | null
}
export type Assess = (plan: Plan) => Result<Assessment, PlanProblem>

export interface SweepCell {
  readonly column: number
  readonly row: number
  /** Null where the plan is refused: `problem` is its first problem. */
  readonly total: Bytes | null
  readonly low: Bytes | null
  readonly high: Bytes | null
  readonly outcome: Outcome | null
  readonly margin: Bytes | null
  /** What holds most at the peak; null without a card. */
  readonly dominant: Category | null
  /** What the card lacks of what the plan needs, the first of it. */
  readonly lacks: RefusedFeature | null
  readonly problem: PlanProblem | null
  /** The engine itself failed on this plan, with this message. */
  readonly failure: string | null
}

/** A setting that a sweep can vary, whatever its values are. */
export interface Varies<V> {
  readonly apply: (plan: Plan, value: V) => Plan
}

/** Every combination of two settings, row by row, smallest first. A generator: whoever runs it may stop or make a pause at any cell. */
export function* sweep<X, Y> (plan: Plan, x: Varies<X>, xs: readonly X[], y: Varies<Y>, ys: readonly Y[], assess: Assess): Generator<SweepCell> {
  for (const [row, yValue] of ys.entries()) {
    const inRow = y.apply(plan, yValue)
    for (const [column, xValue] of xs.entries()) yield assessCell(x.apply(inRow, xValue), column, row, assess)
  }
}

const NOTHING = { total: null, low: null, high: null, outcome: null, margin: null, dominant: null, lacks: null, problem: null, failure: null } as const

/** One cell of a grid, for whoever computes single ones again. */
export function assessCell (plan: Plan, column: number, row: number, assess: Assess): SweepCell {
  let assessed: ReturnType<Assess>
  try {
    assessed = assess(plan)
  } catch (error) {
    // One plan that the engine stumbles over must not take the others with it.
    return { ...NOTHING, column, row, failure: error instanceof Error ? error.message : String(error) }
  }
  if (!assessed.ok) return { ...NOTHING, column, row, problem: assessed.problems[0] ?? null }
  const { estimate: { total }, verdict } = assessed.value
  return {
    ...NOTHING,
    column,
    row,
    total: total.expected,
    low: total.low,
    high: total.high,
    ...verdict && { outcome: verdict.outcome, margin: verdict.margin, dominant: verdict.dominant.category, lacks: verdict.refusals[0]?.feature ?? null }
  }
}

const fits = (outcome: Outcome | null | undefined): boolean => outcome === 'fits' || outcome === 'tight'

/** For every row the last column up to which nothing fails to fit; −1 where the first does already. */
export function frontier (cells: readonly SweepCell[], columns: number, rows: number): number[] {
  const limits = Array.from({ length: rows }, () => columns - 1)
  for (const { column, row, outcome } of cells) {
    if (!fits(outcome)) limits[row] = Math.min(limits[row]!, column - 1)
  }
  return limits
}

/** The sides of a cell on which what fits ends: towards its right and its lower neighbour. */
export interface FrontierEdge {
  readonly column: number
  readonly row: number
  readonly side: 'right' | 'bottom'
}

/** The line between what fits and what does not, piece by piece, whatever the order of the values. Cells without a verdict have none. */
export function frontierEdges (cells: readonly (Pick<SweepCell, 'column' | 'row' | 'outcome' | 'problem' | 'failure'> | undefined)[], columns: number): FrontierEdge[] {
  const known = (cell: (typeof cells)[number]): cell is NonNullable<typeof cell> => cell !== undefined && (cell.outcome !== null || cell.problem !== null || cell.failure !== null)
  const differ = (a: (typeof cells)[number], b: (typeof cells)[number]): boolean => known(a) && known(b) && fits(a.outcome) !== fits(b.outcome)
  return cells.flatMap((cell, i) => {
    if (!known(cell)) return []
    const { column, row } = cell
    return [
      ...column < columns - 1 && differ(cell, cells[i + 1]) ? [{ column, row, side: 'right' as const }] : [],
      ...differ(cell, cells[i + columns]) ? [{ column, row, side: 'bottom' as const }] : []
    ]
  })
}
