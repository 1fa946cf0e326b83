import type { DeviceVerdict, Outcome } from '../../fit/index.ts'
import type { Estimate } from '../../memory/index.ts'
import type { Plan, PlanProblem } from '../../plan/index.ts'
import type { Bytes, Result } from '../../units/index.ts'
import type { SweepAxis } from './axes.ts'

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
  readonly high: Bytes | null
  readonly outcome: Outcome | null
  readonly margin: Bytes | null
  readonly problem: PlanProblem | null
}

/** Every combination of two settings, row by row, smallest first. A generator: whoever runs it may stop or make a pause at any cell. */
export function* sweep (plan: Plan, x: SweepAxis, xs: readonly number[], y: SweepAxis, ys: readonly number[], assess: Assess): Generator<SweepCell> {
  for (const [row, yValue] of ys.entries()) {
    const inRow = y.apply(plan, yValue)
    for (const [column, xValue] of xs.entries()) yield cellOf(assess(x.apply(inRow, xValue)), column, row)
  }
}

function cellOf (assessed: Result<Assessment, PlanProblem>, column: number, row: number): SweepCell {
  if (!assessed.ok) return { column, row, total: null, high: null, outcome: null, margin: null, problem: assessed.problems[0] ?? null }
  const { estimate, verdict } = assessed.value
  return { column, row, total: estimate.total.expected, high: estimate.total.high, outcome: verdict?.outcome ?? null, margin: verdict?.margin ?? null, problem: null }
}

/** For every row the last column up to which nothing fails to fit; −1 where the first does already. */
export function frontier (cells: readonly SweepCell[], columns: number, rows: number): number[] {
  const limits = Array.from({ length: rows }, () => columns - 1)
  for (const { column, row, outcome } of cells) {
    if (outcome !== 'fits' && outcome !== 'tight') limits[row] = Math.min(limits[row]!, column - 1)
  }
  return limits
}

/**
 * The largest value of a setting with which the plan still fits (tight counts, unless `withReserve`); null when not even the
 * smallest does. Doubles until it fails, then halves the interval: memory never falls when the setting grows.
 */
export function largestThatFits (plan: Plan, axis: SweepAxis, assess: Assess, withReserve = false): number | null {
  const fits = (value: number): boolean => {
    const assessed = assess(axis.apply(plan, value))
    const outcome = assessed.ok ? assessed.value.verdict?.outcome : undefined
    return outcome === 'fits' || (!withReserve && outcome === 'tight')
  }
  const { min, max } = axis.range
  if (!fits(min)) return null
  let good = min
  let bad = max + 1
  for (let value = Math.max(min * 2, 2); value <= max; value *= 2) {
    if (!fits(value)) {
      bad = value
      break
    }
    good = value
  }
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2)
    if (fits(middle)) good = middle
    else bad = middle
  }
  return good
}
