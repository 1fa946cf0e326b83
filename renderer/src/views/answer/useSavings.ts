import { onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue'
import { savingsOf, type Saving } from '#shared/advice/index.ts'
import type { Target, Verdict } from '#shared/fit/index.ts'
import { estimate, type Estimate } from '#shared/memory/index.ts'
import type { Plan } from '#shared/plan/index.ts'
import { bytes, type Bytes } from '#shared/units/index.ts'
import { optionsOn, type Card } from '../../stores/cardOptions.ts'
import { decisive, judgeEach } from '../../stores/judgeEach.ts'

/** One change of the plan, computed as the plan itself is: in full, for each card. */
export interface Change {
  readonly saving: Saving
  readonly plan: Plan
  /** What the card that the figures are about would need. */
  readonly total: Bytes
  /** Against the plan as it is; negative saves. */
  readonly delta: Bytes
  readonly verdict: Verdict | null
}

export interface Changes {
  /** The estimate that they are compared with. */
  readonly base: Estimate
  readonly open: readonly Change[]
  /** What the plan does already, each taken out. */
  readonly applied: readonly Change[]
}

/** Plans closer together than this are one movement. */
const STILL_MS = 200
const pause = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms) })

/** Null where an estimate of the changed plan cannot be made: it is left out. */
function computeChange (saving: Saving, base: Estimate, target: Target, shownOn: Card): Change | null {
  const made = new Map<string, Estimate | null>()
  const on = (card: Card): Estimate | null => {
    const options = optionsOn(saving.plan, card)
    const key = JSON.stringify(options)
    if (!made.has(key)) {
      const result = estimate(saving.plan, options)
      made.set(key, result.ok ? result.value : null)
    }
    return made.get(key) ?? null
  }
  const shown = on(shownOn)
  if (!shown) return null
  const total = shown.total.expected
  return { saving, plan: saving.plan, total, delta: bytes(total - base.total.expected), verdict: judgeEach((device) => on(device) ?? shown, target) }
}

/** What the usual changes would save, some time after plan and target have come to rest. While `computing`, the last ones stay. */
export function useSavings (base: () => Estimate, target: () => Target, verdict: () => Verdict | null): { changes: ShallowRef<Changes | null>, computing: ShallowRef<boolean> } {
  const changes = shallowRef<Changes | null>(null)
  const computing = shallowRef(true)
  let run = 0

  async function compute (started: number): Promise<void> {
    await pause(changes.value ? STILL_MS : 0)
    if (started !== run) return
    const now = base()
    const judged = verdict()
    const shownOn = judged ? decisive(judged).device : null
    const found = savingsOf(now.plan, optionsOn(now.plan, shownOn))
    const each = async (savings: readonly Saving[]): Promise<Change[]> => {
      const list: Change[] = []
      for (const saving of savings) {
        // One at a time, so that the page answers in between.
        await pause(0)
        if (started !== run) break
        const change = computeChange(saving, now, target(), shownOn)
        if (change) list.push(change)
      }
      return list
    }
    const open = found.ok ? await each(found.value.savings) : []
    const applied = found.ok ? await each(found.value.applied) : []
    if (started !== run) return
    changes.value = { base: now, open: open.sort((a, b) => a.delta - b.delta), applied: applied.sort((a, b) => b.delta - a.delta) }
    computing.value = false
  }

  watch([base, target], () => {
    computing.value = true
    void compute(++run)
  }, { immediate: true })
  onScopeDispose(() => { run++ })
  return { changes, computing }
}
