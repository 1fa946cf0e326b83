import { defineStore } from 'pinia'
import { computed } from 'vue'
import { resolveTarget } from '#shared/contract/index.ts'
import type { Target } from '#shared/fit/index.ts'
import { useHardwareStore } from './hardwareStore.ts'
import { useMachineStore } from './machineStore.ts'
import { usePlanStore } from './planStore.ts'
import { tellApart } from './tellApart.ts'

/** The hardware the plan is judged against: machines, cards of the catalog, or both. */
export const useTargetStore = defineStore('target', () => {
  const planStore = usePlanStore()
  const hardware = useHardwareStore()
  const machines = useMachineStore()

  const resolved = computed(() => resolveTarget(planStore.target, {
    detectionOf: (machine) => hardware.readingOf(machine).detection,
    machineById: machines.find
  }))
  const target = computed<Target>(() => ({ ...resolved.value.target, devices: tellApart(resolved.value.target.devices) }))
  const includesMachine = computed(() => planStore.target.sources.some((source) => source.kind === 'machine' && source.machine === 'local'))
  /** Sources that mean nothing now: a machine not looked at or without cards, a card or machine that is not known. */
  const missing = computed(() => resolved.value.missing)
  /** Catalog ids of a saved target that this catalog does not know, or whose memory is unknown. */
  const unknownGpus = computed(() => missing.value.flatMap((source) => source.kind === 'catalog' ? [source.gpuId] : []))

  return { target, includesMachine, missing, unknownGpus }
})
