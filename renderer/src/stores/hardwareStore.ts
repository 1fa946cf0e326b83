import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { machineDevices, type Detection, type HostError } from '#shared/contract/index.ts'
import type { TargetDevice } from '#shared/fit/index.ts'
import { host } from '../host/client.ts'

/** Equal cards get a number, in the order in which the driver counts them. */
function tellApart (devices: readonly TargetDevice[]): TargetDevice[] {
  return devices.map((device, i) => devices.some((other) => other !== device && other.name === device.name)
    ? { ...device, name: `${device.name} #${devices.slice(0, i).filter((other) => other.name === device.name).length}` }
    : device)
}

/** The GPUs of the machine that the host runs on, as last looked at. */
export const useHardwareStore = defineStore('hardware', () => {
  const detection = shallowRef<Detection | null>(null)
  const error = shallowRef<HostError | null>(null)
  const looking = ref(false)

  /** Detected cards that can be judged against: those that say how much memory they have. */
  const devices = computed<readonly TargetDevice[]>(() => detection.value ? tellApart(machineDevices(detection.value)) : [])

  async function detect (refresh: boolean): Promise<void> {
    looking.value = true
    const reply = await host.invoke('hardware.detect', { refresh })
    looking.value = false
    error.value = reply.ok ? null : reply.error
    if (reply.ok) detection.value = reply.value
  }

  return { detection, devices, error, looking, detect }
})
