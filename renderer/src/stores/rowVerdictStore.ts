import { defineStore } from 'pinia'
import { shallowRef, watch } from 'vue'
import type { ScenarioSummary } from '#shared/contract/index.ts'
import type { DeviceVerdict } from '#shared/fit/index.ts'
import { estimate, type Estimate } from '#shared/memory/index.ts'
import type { Plan } from '#shared/plan/index.ts'
import { host } from '../host/client.ts'
import { decisive, judgeEach } from './judgeEach.ts'
import { useTargetStore } from './targetStore.ts'

/** Of a saved scenario on the current target. none: no card to judge against, or no estimate. */
export type RowVerdict = DeviceVerdict | 'none'

/** Plans that are kept between scrolls. */
const KEPT = 500

const whenIdle = (run: () => void): void => {
  if (typeof requestIdleCallback === 'function') requestIdleCallback(run, { timeout: 500 })
  else setTimeout(run, 0)
}

const keyOf = ({ id, updatedAt }: ScenarioSummary): string => `${id} ${updatedAt}`

/** Verdicts of the rows in sight, computed one by one while nothing else is to do. */
export const useRowVerdictStore = defineStore('rowVerdicts', () => {
  const targets = useTargetStore()
  const verdicts = shallowRef<ReadonlyMap<string, RowVerdict>>(new Map())
  const plans = new Map<string, Plan>()
  let wanted: readonly ScenarioSummary[] = []
  let working = false

  watch(() => targets.target, () => {
    verdicts.value = new Map()
    work()
  })

  function judgePlan (plan: Plan): RowVerdict {
    const { target } = targets
    const run = new Map<string, Estimate>()
    try {
      for (const { computeCapability, capacity } of target.devices) {
        const key = `${computeCapability} ${capacity}`
        if (run.has(key)) continue
        const result = estimate(plan, { depth: 'fast', computeCapability, deviceMemory: capacity })
        if (!result.ok) return 'none'
        run.set(key, result.value)
      }
      const verdict = judgeEach(({ computeCapability, capacity }) => run.get(`${computeCapability} ${capacity}`)!, target)
      return verdict ? decisive(verdict) : 'none'
    } catch {
      // A fault of the engine in one row must not empty the list.
      return 'none'
    }
  }

  async function planOf (row: ScenarioSummary): Promise<Plan | null> {
    const kept = plans.get(keyOf(row))
    if (kept) return kept
    const reply = await host.invoke('scenario.open', { id: row.id })
    if (!reply.ok) return null
    if (plans.size >= KEPT) plans.delete(plans.keys().next().value!)
    plans.set(keyOf(row), reply.value.plan)
    return reply.value.plan
  }

  function work (): void {
    if (working) return
    const row = wanted.find((one) => one.state === 'ok' && one.deletedAt === null && !verdicts.value.has(keyOf(one)))
    if (!row) return
    working = true
    whenIdle(() => void (async () => {
      const { target } = targets
      const plan = await planOf(row)
      const verdict = plan ? judgePlan(plan) : 'none'
      working = false
      // The target changed meanwhile: this one is judged again.
      if (target === targets.target) verdicts.value = new Map(verdicts.value).set(keyOf(row), verdict)
      work()
    })())
  }

  /** The rows in sight. */
  function want (rows: readonly ScenarioSummary[]): void {
    wanted = rows
    work()
  }

  return { want, verdictOf: (row: ScenarioSummary): RowVerdict | undefined => verdicts.value.get(keyOf(row)) }
})
