import type { Plan } from '../../plan/index.ts'
import type { SweepAxis } from './axes.ts'
import type { Assess } from './sweep.ts'

/** The values that a setting may have, as a sequence without the list of them. */
interface Candidates {
  readonly count: number
  readonly at: (index: number) => number
}

function candidatesOf (axis: SweepAxis, plan: Plan): Candidates {
  const { min, max } = axis.range
  const allowed = axis.allowed?.(plan)
  if (allowed && !('step' in allowed)) return { count: allowed.length, at: (index) => allowed[index]! }
  const step = allowed?.step ?? 1
  const first = Math.ceil(min / step) * step
  return { count: Math.max(0, Math.floor((max - first) / step) + 1), at: (index) => first + index * step }
}

/**
 * The largest value of a setting with which the plan still fits (tight counts, unless `withReserve`); null when none does. Doubles
 * until it fails, then halves the interval: memory never falls when the setting grows.
 */
export function largestThatFits (plan: Plan, axis: SweepAxis, assess: Assess, withReserve = false): number | null {
  const { count, at } = candidatesOf(axis, plan)
  const fits = (index: number): boolean => {
    const assessed = assess(axis.apply(plan, at(index)))
    const outcome = assessed.ok ? assessed.value.verdict?.outcome : undefined
    return outcome === 'fits' || (!withReserve && outcome === 'tight')
  }
  if (axis.needsAtLeast) {
    for (let index = count - 1; index >= 0; index--) if (fits(index)) return at(index)
    return null
  }
  if (count === 0 || !fits(0)) return null
  let good = 0
  let bad = count
  for (let index = 1; index < count; index = index * 2 + 1) {
    if (!fits(index)) {
      bad = index
      break
    }
    good = index
  }
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2)
    if (fits(middle)) good = middle
    else bad = middle
  }
  return at(good)
}

/** A setting's largest value on one card: with memory alone, and with the reserve kept free. */
export interface Largest {
  readonly fits: number | null
  readonly withReserve: number | null
}

/** Both at once: plans that the two searches share are assessed once. */
export function largestOf (plan: Plan, axis: SweepAxis, assess: Assess): Largest {
  const known = new Map<number, ReturnType<Assess>>()
  const once: Assess = (changed) => {
    const value = axis.current(changed)
    const assessed = known.get(value) ?? assess(changed)
    known.set(value, assessed)
    return assessed
  }
  return { fits: largestThatFits(plan, axis, once), withReserve: largestThatFits(plan, axis, once, true) }
}
