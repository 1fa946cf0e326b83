import type { Plan } from '../../plan/index.ts'
import type { SweepAxis } from './axes.ts'
import type { Assess } from './sweep.ts'

/** The values that a setting may have, as a sequence without the list of them. */
interface Candidates {
  readonly count: number
  readonly at: (index: number) => number
  /** The index of a value, or of the next smaller one; 0 below all. */
  readonly indexOf: (value: number) => number
}

function candidatesOf (axis: SweepAxis, plan: Plan): Candidates {
  const { min, max } = axis.range
  const allowed = axis.allowed?.(plan)
  if (allowed && !('step' in allowed)) {
    return { count: allowed.length, at: (index) => allowed[index]!, indexOf: (value) => Math.max(0, allowed.findLastIndex((one) => one <= value)) }
  }
  const step = allowed?.step ?? 1
  const first = Math.ceil(min / step) * step
  return { count: Math.max(0, Math.floor((max - first) / step) + 1), at: (index) => first + index * step, indexOf: (value) => Math.max(0, Math.floor((value - first) / step)) }
}

/**
 * The largest value of a setting with which the plan still fits (tight counts, unless `withReserve`); null when none does. Strides
 * that double lead out from `near` (the answer of a cruder estimate, or the smallest value), then the interval is halved: memory
 * never falls when the setting grows.
 */
export function largestThatFits (plan: Plan, axis: SweepAxis, assess: Assess, withReserve = false, near: number | null = null): number | null {
  const { count, at, indexOf } = candidatesOf(axis, plan)
  const fits = (index: number): boolean => {
    const assessed = assess(axis.apply(plan, at(index)))
    const outcome = assessed.ok ? assessed.value.verdict?.outcome : undefined
    return outcome === 'fits' || (!withReserve && outcome === 'tight')
  }
  if (count === 0) return null
  const start = near === null ? (axis.needsAtLeast ? count - 1 : 0) : indexOf(near)
  const found = axis.needsAtLeast ? stepFrom(start, count, fits) : strideFrom(start, count, fits)
  return found < 0 ? null : at(found)
}

/** Where too small a value fails as well, every step counts: upwards while it fits, or downwards until it does. */
function stepFrom (start: number, count: number, fits: (index: number) => boolean): number {
  let index = start
  if (fits(index)) {
    while (index + 1 < count && fits(index + 1)) index++
    return index
  }
  do index--
  while (index >= 0 && !fits(index))
  return index
}

/** The last index that fits; −1 when none does. */
function strideFrom (start: number, count: number, fits: (index: number) => boolean): number {
  let good = -1
  let bad = count
  // A stride from an answer that is about right is small beside it; from the bottom it begins with one.
  let stride = Math.max(1, start >> 6)
  if (fits(start)) {
    good = start
    while (good + stride < count) {
      if (!fits(good + stride)) {
        bad = good + stride
        break
      }
      good += stride
      stride *= 2
    }
  } else {
    bad = start
    while (bad - stride >= 0) {
      if (fits(bad - stride)) {
        good = bad - stride
        break
      }
      bad -= stride
      stride *= 2
    }
  }
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2)
    if (fits(middle)) good = middle
    else bad = middle
  }
  return good
}

/** A setting's largest value on one card: with memory alone, and with the reserve kept free. */
export interface Largest {
  readonly fits: number | null
  readonly withReserve: number | null
}

/** Both at once. `exact` corrects what a quick assessment found; plans that two searches share are assessed once. */
export function largestOf (plan: Plan, axis: SweepAxis, quick: Assess, exact: Assess | null = null): Largest {
  const [quickly, exactly] = [onceEach(axis, quick), exact && onceEach(axis, exact)]
  const search = (withReserve: boolean): number | null => {
    const found = largestThatFits(plan, axis, quickly, withReserve)
    return exactly ? largestThatFits(plan, axis, exactly, withReserve, found ?? axis.range.min) : found
  }
  return { fits: search(false), withReserve: search(true) }
}

function onceEach (axis: SweepAxis, assess: Assess): Assess {
  const known = new Map<number, ReturnType<Assess>>()
  return (plan) => {
    const value = axis.current(plan)
    const assessed = known.get(value) ?? assess(plan)
    known.set(value, assessed)
    return assessed
  }
}
