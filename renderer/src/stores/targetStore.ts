import { defineStore } from 'pinia'
import { computed } from 'vue'
import { capacityOf, findGpu } from '#shared/catalog/index.ts'
import type { Target, TargetDevice } from '#shared/fit/index.ts'
import { useHardwareStore } from './hardwareStore.ts'
import { usePlanStore } from './planStore.ts'

/** The hardware the plan is judged against: the machine's own cards, cards of the catalog, or both. */
export const useTargetStore = defineStore('target', () => {
  const planStore = usePlanStore()
  const hardware = useHardwareStore()

  const catalogDevices = computed<readonly TargetDevice[]>(() => planStore.target.gpuIds.flatMap((id) => {
    const gpu = findGpu(id)
    const capacity = gpu && capacityOf(gpu)
    if (!gpu || !capacity) return []
    return [{ id, name: gpu.name, capacity, free: capacity, origin: 'catalog', computeCapability: gpu.computeCapability } as const]
  }))

  const includesMachine = computed(() => planStore.target.kind === 'machine')
  const target = computed<Target>(() => ({
    devices: [...includesMachine.value ? hardware.devices : [], ...catalogDevices.value],
    reserve: planStore.target.reserve
  }))
  /** Ids of a saved target that this catalog does not know, or whose memory is unknown. */
  const unknownGpus = computed(() => planStore.target.gpuIds.filter((id) => !catalogDevices.value.some((device) => device.id === id)))

  return { target, includesMachine, unknownGpus }
})
