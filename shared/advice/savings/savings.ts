import { CATEGORIES, estimate, type Category, type Estimate, type EstimateOptions } from '../../memory/index.ts'
import { differences, type Plan, type PlanChange, type PlanProblem } from '../../plan/index.ts'
import { bytes, ok, type Result } from '../../units/index.ts'
import { LEVERS, pull, release, type Lever } from './levers.ts'

/** What one lever does to a plan: the changed plan beside it. */
export interface Saving {
  readonly lever: Lever
  readonly plan: Plan
  readonly changes: readonly PlanChange[]
  /** Of the changed plan, with depth `fast`. */
  readonly estimate: Estimate
  /** Bytes less with the lever than without in what nvidia-smi would show; negative where it costs memory. */
  readonly saved: number
  /** `saved` by category, only those that differ; adds up to it. Both sides are taken at their own peak. */
  readonly byCategory: Readonly<Partial<Record<Category, number>>>
}

export interface Savings {
  /** Of the plan as it is, with depth `fast`, so that differences compare like with like. */
  readonly base: Estimate
  /** The largest first. Levers that do not apply to this plan or model are left out. */
  readonly savings: readonly Saving[]
  /** What the plan already does: each with the plan without it, and what that would need more. The largest first. */
  readonly applied: readonly Saving[]
}

/** What each usual change of this very plan would save, and what those save that it already has. */
export function savingsOf (plan: Plan, options: Omit<EstimateOptions, 'depth'> = {}): Result<Savings, PlanProblem> {
  const base = estimate(plan, { ...options, depth: 'fast' })
  if (!base.ok) return base
  const each = (change: typeof pull, compare: (changed: Estimate) => Difference): Saving[] => LEVERS.flatMap((lever) => {
    const changed = change(lever, plan)
    const changes = differences(plan, changed ?? plan)
    if (changed === null || changes.length === 0) return []
    const result = estimate(changed, { ...options, depth: 'fast' })
    return result.ok ? [{ lever, plan: changed, changes, estimate: result.value, ...compare(result.value) }] : []
  }).sort((a, b) => b.saved - a.saved)
  return ok({
    base: base.value,
    savings: each(pull, (changed) => difference(base.value, changed)),
    applied: each(release, (changed) => difference(changed, base.value))
  })
}

type Difference = Pick<Saving, 'saved' | 'byCategory'>

function difference (before: Estimate, after: Estimate): Difference {
  const byCategory: Partial<Record<Category, number>> = {}
  for (const category of CATEGORIES) {
    const less = (before.breakdown[category] ?? bytes(0)) - (after.breakdown[category] ?? bytes(0))
    if (less !== 0) byCategory[category] = less
  }
  return { saved: before.total.expected - after.total.expected, byCategory }
}
