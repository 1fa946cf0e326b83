import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'
import { estimate, type Estimate } from '#shared/memory/index.ts'
import { parsePlan, type Plan, type PlanProblem } from '#shared/plan/index.ts'
import { failed, ok, type Result } from '#shared/units/index.ts'
import { optionsOn, type Card } from './cardOptions.ts'
import { decisive, judgeEach } from './judgeEach.ts'
import { usePlanStore } from './planStore.ts'
import { useTargetStore } from './targetStore.ts'

type Depth = 'fast' | 'full'

interface Answered {
  readonly plan: Plan | null
  readonly depth: Depth
  /** The open plan has problems: this is the last plan that had none. */
  readonly stale: boolean
}

/** Where the last full run of the engine took longer, the next change is answered fast first: half a frame is left for the page. */
const HALF_FRAME_MS = 8

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
  let lastFullRun = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  watch(() => planStore.plan, () => {
    const now = performance.now()
    if (now - lastChange < STILL_MS || lastFullRun > HALF_FRAME_MS) {
      moving.value = true
      clearTimeout(timer)
      timer = setTimeout(() => {
        moving.value = false
      }, STILL_MS)
    }
    lastChange = now
  }, { flush: 'sync' })

  /** One run per plan, depth and what of the card decides, kept while the plan is. */
  const runs = new WeakMap<Plan, Map<string, Result<Estimate, PlanProblem>>>()
  function run (plan: Plan, depth: Depth, card: Card): Result<Estimate, PlanProblem> {
    const known = runs.get(plan) ?? new Map<string, Result<Estimate, PlanProblem>>()
    runs.set(plan, known)
    const options = optionsOn(plan, card)
    const key = JSON.stringify([depth, options])
    const kept = known.get(key)
    if (kept) return kept
    const begin = performance.now()
    const result = estimate(plan, { depth, ...options })
    if (depth === 'full') lastFullRun = performance.now() - begin
    known.set(key, result)
    return result
  }

  const depth = computed<Depth>(() => moving.value ? 'fast' : 'full')
  /** The first problem decides: a plan has the same problems on every card. */
  const outcome = computed<{ readonly result: Result<Plan, PlanProblem>, readonly failure: string | null }>(() => {
    if (!checked.value.ok) return { result: checked.value, failure: null }
    const plan = checked.value.value
    try {
      const first = run(plan, depth.value, targetStore.target.devices[0] ?? null)
      return { result: first.ok ? ok(plan) : first, failure: null }
    } catch (error) {
      // A fault of the engine must not take the window down: the plan stays, and the last answer is marked as old.
      return { result: failed([]), failure: error instanceof Error ? error.message : String(error) }
    }
  })
  const result = computed(() => outcome.value.result)
  const problems = computed<readonly PlanProblem[]>(() => result.value.ok ? [] : result.value.problems)
  const answered = computed<Answered>((previous) => result.value.ok
    ? { plan: result.value.value, depth: depth.value, stale: false }
    : { plan: previous?.plan ?? null, depth: previous?.depth ?? 'full', stale: true })

  /** The answer for one card: library workspaces and an engine's share differ between them. */
  function estimateFor (card: Card): Estimate | null {
    const { plan, depth: asked } = answered.value
    const found = plan && run(plan, asked, card)
    return found?.ok ? found.value : null
  }
  const verdict = computed(() => answered.value.plan && judgeEach((device) => estimateFor(device)!, targetStore.target))
  /** What figures and tables show: the estimate for the card that the sentence is about. */
  const shownOn = computed(() => verdict.value ? decisive(verdict.value).device : null)
  const shown = computed(() => estimateFor(shownOn.value))

  return {
    estimate: shown,
    /** The card that figures and tables are about; null without a target. */
    shownOn,
    estimateFor,
    stale: computed(() => answered.value.stale),
    problems,
    /** What the engine itself stumbled over, null in the normal case. */
    failure: computed(() => outcome.value.failure),
    verdict
  }
})
