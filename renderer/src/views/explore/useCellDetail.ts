import { computed, onScopeDispose, shallowRef, watch, type ComputedRef } from 'vue'
import type { Assess } from '#shared/advice/index.ts'
import type { TargetDevice } from '#shared/fit/index.ts'
import type { Plan } from '#shared/plan/index.ts'
import { failed } from '#shared/units/index.ts'
import { useExploreStore } from '../../stores/exploreStore.ts'
import { useTargetStore } from '../../stores/targetStore.ts'
import { assessOn } from '../../workers/assessOn.ts'
import type { Place } from './gridKeys.ts'

export interface CellDetail {
  readonly plan: Plan
  readonly result: ReturnType<Assess>
  /** What the engine stumbled over, null in the normal case. */
  readonly failure: string | null
}

/** A pointer that crosses cells has not chosen one. */
const REST_MS = 90

/**
 * One cell in full, as the plan view would show it once it is applied: the whole step with the allocator's replay. The grid's own
 * figures are the fast ones. While a new one is not there the last one stays, and `current` is false.
 */
export function useCellDetail (place: () => Place): { detail: ComputedRef<CellDetail | null>, current: ComputedRef<boolean> } {
  const explore = useExploreStore()
  const target = useTargetStore()
  const found = shallowRef<{ readonly key: unknown, readonly detail: CellDetail } | null>(null)
  const wanted = computed(() => ({ ...place(), request: { plan: explore.planAt(place().column, place().row), device: explore.device, reserve: target.target.reserve } }))
  let timer: ReturnType<typeof setTimeout> | undefined

  watch(wanted, (now) => {
    clearTimeout(timer)
    timer = setTimeout(() => { found.value = { key: now, detail: assess(now.request) } }, found.value ? REST_MS : 0)
  }, { immediate: true })
  onScopeDispose(() => clearTimeout(timer))
  return { detail: computed(() => found.value?.detail ?? null), current: computed(() => found.value?.key === wanted.value) }
}

function assess ({ plan, device, reserve }: { readonly plan: Plan, readonly device: TargetDevice | null, readonly reserve: number }): CellDetail {
  try {
    return { plan, result: assessOn(device, reserve, 'full')(plan), failure: null }
  } catch (error) {
    return { plan, result: failed([]), failure: error instanceof Error ? error.message : String(error) }
  }
}
