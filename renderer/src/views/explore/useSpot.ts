import { computed, shallowRef, watch, type ComputedRef } from 'vue'
import type { Axis } from '#shared/advice/index.ts'
import { useExploreStore } from '../../stores/exploreStore.ts'
import { usePlanStore } from '../../stores/planStore.ts'
import type { Place } from './gridKeys.ts'

/** Which cell is meant: the one under the pointer, else the one that the keyboard is at, else the plan's own. */
export interface Spot {
  /** Of the plan as it is; −1 where a list does not have its value. */
  readonly own: ComputedRef<Place>
  readonly cursor: ComputedRef<Place>
  readonly shown: ComputedRef<Place>
  /** Null: the pointer is over none. */
  readonly hover: (place: Place | null) => void
  readonly moveTo: (place: Place) => void
  readonly home: () => void
}

export function useSpot (): Spot {
  const explore = useExploreStore()
  const plan = usePlanStore()
  const chosen = shallowRef<Place | null>(null)
  const hovered = shallowRef<Place | null>(null)

  const indexIn = (axis: Axis, values: readonly (number | string)[]): number => values.indexOf(axis.current(plan.plan))
  const own = computed<Place>(() => ({ column: indexIn(explore.x, explore.xs), row: indexIn(explore.y, explore.ys) }))
  const inside = ({ column, row }: Place): Place => ({
    column: Math.min(explore.xs.length - 1, Math.max(0, column)),
    row: Math.min(explore.ys.length - 1, Math.max(0, row))
  })
  const cursor = computed(() => inside(chosen.value ?? own.value))
  const home = (): void => { chosen.value = null }

  watch([() => explore.x.id, () => explore.y.id], () => {
    chosen.value = null
    hovered.value = null
  })
  // The pointer may rest over a place that a shorter list no longer has.
  const shown = computed(() => inside(hovered.value ?? cursor.value))
  return { own, cursor, shown, hover: (place) => { hovered.value = place }, moveTo: (place) => { chosen.value = place }, home }
}
