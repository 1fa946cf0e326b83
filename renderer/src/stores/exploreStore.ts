import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { anyAxesOf, variesOf, type AnyAxisId, type Axis, type AxisId, type AxisValue } from '#shared/advice/index.ts'
import type { TargetDevice } from '#shared/fit/index.ts'
import type { Plan } from '#shared/plan/index.ts'
import { openSweepClient, type SweepClient } from '../workers/sweepClient.ts'
import type { FromWorker, LargestOfAxis, SweepRequest } from '../workers/sweepMessages.ts'
import { useAnswerStore } from './answerStore.ts'
import { startGrid, withCells, type Grid } from './exploreStoreGrid.ts'
import { sameJson } from './immutable.ts'
import { decisive } from './judgeEach.ts'
import { usePlanStore } from './planStore.ts'
import { useTargetStore } from './targetStore.ts'

export type SweepState = 'idle' | 'computing' | 'done' | 'cancelled' | 'failed'
export type SideName = 'x' | 'y'

/** What is laid out before anything is chosen: lengths against batches, of rollouts where there are any. */
const USUAL: Readonly<Record<SideName, readonly AnyAxisId[]>> = {
  x: ['sequenceLength', 'completionLength'],
  y: ['generationBatch', 'microBatch']
}

/** The values and the plan's own among them. */
function withValue (axis: Axis, values: readonly AxisValue[], plan: Plan): readonly AxisValue[] {
  const own = axis.current(plan)
  if (values.includes(own)) return values
  return axis.kind === 'number' ? [...values, own].sort((a, b) => Number(a) - Number(b)) : [...values, own]
}

/** Two settings of the open plan against each other on one card: which, with which values, and what came out. */
export const useExploreStore = defineStore('explore', () => {
  const planStore = usePlanStore()
  const targetStore = useTargetStore()
  const answer = useAnswerStore()

  const chosen = ref<Readonly<Record<SideName, AnyAxisId | null>>>({ x: null, y: null })
  /** Values in place of the usual ones, kept while the window is open. */
  const lists = shallowRef<ReadonlyMap<AnyAxisId, readonly AxisValue[]>>(new Map())
  const deviceId = ref<string | null>(null)

  const axes = computed(() => anyAxesOf(planStore.plan))
  const find = (id: AnyAxisId | null): Axis | undefined => axes.value.find((axis) => axis.id === id)
  const firstOf = (ids: readonly AnyAxisId[], except?: Axis): Axis =>
    ids.map(find).find((axis) => axis !== undefined && axis !== except) ?? axes.value.find((axis) => axis !== except)!
  const x = computed(() => find(chosen.value.x) ?? firstOf(USUAL.x, find(chosen.value.y)))
  const y = computed(() => {
    const wanted = find(chosen.value.y)
    return wanted && wanted !== x.value ? wanted : firstOf(USUAL.y, x.value)
  })
  const valuesOf = (axis: Axis): readonly AxisValue[] => lists.value.get(axis.id) ?? axis.values(planStore.plan)
  const xs = computed(() => valuesOf(x.value))
  const ys = computed(() => valuesOf(y.value))

  const device = computed<TargetDevice | null>(() => {
    const { devices } = targetStore.target
    return devices.find(({ id }) => id === deviceId.value) ?? (answer.verdict ? decisive(answer.verdict).device : devices[0] ?? null)
  })

  /** Choosing for one side what the other has swaps them. */
  function chooseAxis (side: SideName, id: AnyAxisId): void {
    const other = side === 'x' ? 'y' : 'x'
    const now = { x: x.value.id, y: y.value.id }
    chosen.value = { ...now, [side]: id, ...now[other] === id && { [other]: now[side] } }
  }
  const swap = (): void => chooseAxis('x', y.value.id)

  /** Null: the usual ones again. */
  function setValues (id: AnyAxisId, values: readonly AxisValue[] | null): void {
    const next = new Map(lists.value)
    if (values === null) next.delete(id)
    else next.set(id, values)
    lists.value = next
  }

  const planAt = (column: number, row: number): Plan =>
    variesOf(x.value).apply(variesOf(y.value).apply(planStore.plan, ys.value[row]!), xs.value[column]!)

  /** Adopts a changed plan. The values in sight stay in sight, or the cell would move from under the finger. */
  function adopt (next: Plan): boolean {
    if (sameJson(next, planStore.plan)) return false
    const shown = [[x.value, xs.value], [y.value, ys.value]] as const
    planStore.adopt(next)
    for (const [axis, values] of shown) {
      if (!axis.appliesTo(next)) continue
      const kept = withValue(axis, values, next)
      if (!sameJson(kept, axis.values(next))) setValues(axis.id, kept)
    }
    return true
  }

  const request = computed<SweepRequest>((before) => {
    const next: SweepRequest = { plan: planStore.plan, x: { id: x.value.id, values: xs.value }, y: { id: y.value.id, values: ys.value }, device: device.value, reserve: targetStore.target.reserve }
    return before && sameJson(before, next) ? before : next
  })

  const grid = shallowRef<Grid | null>(null)
  const state = ref<SweepState>('idle')
  const largest = shallowRef<ReadonlyMap<AxisId, LargestOfAxis & { readonly run: number }>>(new Map())
  const failure = ref('')
  const active = ref(false)
  let client: SweepClient | null = null
  const run = ref(0)

  function hear (message: FromWorker): void {
    if (message.run !== run.value || !grid.value) return
    if (message.kind === 'cells') grid.value = withCells(grid.value, message.cells, message.exact)
    else if (message.kind === 'largest') largest.value = new Map(largest.value).set(message.largest.id, { ...message.largest, run: message.run })
    else state.value = 'done'
  }

  function fail (reason: string): void {
    client?.close()
    client = null
    failure.value = reason
    state.value = 'failed'
  }

  function start (): void {
    grid.value = startGrid(request.value, grid.value)
    state.value = 'computing'
    run.value++
    client ??= openSweepClient(hear, fail)
    client.send({ kind: 'run', run: run.value, request: request.value })
  }

  function cancel (): void {
    if (state.value !== 'computing') return
    run.value++
    client?.send({ kind: 'cancel' })
    state.value = 'cancelled'
  }

  /** Computes while the view is seen, anew after every change. */
  watch([request, active], () => {
    if (active.value && grid.value?.request !== request.value) start()
  })

  return { axes, x, y, xs, ys, device, deviceId, lists, grid, state, run, largest, failure, active, chooseAxis, swap, setValues, planAt, adopt, start, cancel }
})
