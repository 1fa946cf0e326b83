import { ref } from 'vue'
import type { TargetDevice } from '#shared/fit/index.ts'
import { estimate, type Estimate } from '#shared/memory/index.ts'
import type { Plan, PlanProblem } from '#shared/plan/index.ts'

export interface Run {
  readonly estimate: Estimate | null
  readonly problem: PlanProblem | null
  /** What the engine itself stumbled over. */
  readonly failure: string | null
  readonly depth: 'fast' | 'full'
}

interface Runs {
  /** The best answer there is at once: in full if that was made already. Reading it follows later improvements. */
  readonly of: (plan: Plan, device: TargetDevice | null) => Run
  /** Runs these plans in full, one after the other, once nothing has been asked for a moment. */
  readonly refine: (plans: readonly Plan[], device: TargetDevice | null) => void
  readonly stop: () => void
}

/** Changes closer together than this are one movement. */
const STILL_MS = 150

/** Estimates by plan and card, kept while the plan is. */
export function createRuns (): Runs {
  const known = new WeakMap<Plan, Map<string, Run>>()
  const improved = ref(0)
  let timer: ReturnType<typeof setTimeout> | undefined

  const keyOf = (device: TargetDevice | null): string => `${device?.computeCapability ?? ''} ${device?.capacity ?? ''}`

  function compute (plan: Plan, device: TargetDevice | null, depth: Run['depth']): Run {
    let run: Run
    try {
      const result = estimate(plan, { depth, computeCapability: device?.computeCapability ?? null, deviceMemory: device?.capacity ?? null })
      run = { estimate: result.ok ? result.value : null, problem: result.ok ? null : result.problems[0] ?? null, failure: null, depth: result.ok ? depth : 'full' }
    } catch (error) {
      run = { estimate: null, problem: null, failure: error instanceof Error ? error.message : String(error), depth: 'full' }
    }
    const runs = known.get(plan) ?? new Map<string, Run>()
    known.set(plan, runs.set(keyOf(device), run))
    return run
  }

  function refine (plans: readonly Plan[], device: TargetDevice | null, wait = STILL_MS): void {
    clearTimeout(timer)
    timer = setTimeout(() => {
      const next = plans.find((plan) => known.get(plan)?.get(keyOf(device))?.depth !== 'full')
      if (!next) return
      compute(next, device, 'full')
      improved.value++
      refine(plans, device, 0)
    }, wait)
  }

  return {
    of (plan, device) {
      void improved.value
      return known.get(plan)?.get(keyOf(device)) ?? compute(plan, device, 'fast')
    },
    refine,
    stop: () => clearTimeout(timer)
  }
}
