import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'
import { judge } from '#shared/fit/index.ts'
import { estimate, type Estimate } from '#shared/memory/index.ts'
import { parsePlan, type Plan, type PlanProblem } from '#shared/plan/index.ts'
import { failed, type Result } from '#shared/units/index.ts'
import { usePlanStore } from './planStore.ts'
import { useTargetStore } from './targetStore.ts'

interface Answer {
  readonly estimate: Estimate | null
  /** The plan has problems: this is the answer to the last plan that had none. */
  readonly stale: boolean
}

/** Changes closer together than this are one movement; the full run waits for its end. */
const STILL_MS = 150

/** What the engine says of the open plan, recomputed on every change. */
export const useAnswerStore = defineStore('answer', () => {
  const planStore = usePlanStore()
  const targetStore = useTargetStore()

  const checked = computed<Result<Plan, PlanProblem>>(() => {
    const drafts = [...planStore.drafts.values()].map((draft) => draft.problem)
    const parsed = parsePlan(planStore.plan)
    if (parsed.ok) return drafts.length > 0 ? failed(drafts) : parsed
    const drafted = new Set(drafts.map((problem) => problem.path))
    return failed([...drafts, ...parsed.problems.filter((problem) => !drafted.has(problem.path))])
  })
  const moving = ref(false)
  let lastChange = -Infinity
  let timer: ReturnType<typeof setTimeout> | undefined
  watch(() => planStore.plan, () => {
    const now = performance.now()
    if (now - lastChange < STILL_MS) {
      moving.value = true
      clearTimeout(timer)
      timer = setTimeout(() => {
        moving.value = false
      }, STILL_MS)
    }
    lastChange = now
  }, { flush: 'sync' })

  const outcome = computed<{ readonly result: Result<Estimate, PlanProblem>, readonly failure: string | null }>(() => {
    if (!checked.value.ok) return { result: checked.value, failure: null }
    try {
      return { result: estimate(checked.value.value, { depth: moving.value ? 'fast' : 'full' }), failure: null }
    } catch (error) {
      // A fault of the engine must not take the window down: the plan stays, and the last answer is marked as old.
      return { result: failed([]), failure: error instanceof Error ? error.message : String(error) }
    }
  })
  const result = computed(() => outcome.value.result)
  const problems = computed<readonly PlanProblem[]>(() => result.value.ok ? [] : result.value.problems)
  const answer = computed<Answer>((previous) => result.value.ok
    ? { estimate: result.value.value, stale: false }
    : { estimate: previous?.estimate ?? null, stale: true })
  const verdict = computed(() => answer.value.estimate && judge(answer.value.estimate, targetStore.target))

  return {
    estimate: computed(() => answer.value.estimate),
    stale: computed(() => answer.value.stale),
    problems,
    /** What the engine itself stumbled over, null in the normal case. */
    failure: computed(() => outcome.value.failure),
    verdict
  }
})
