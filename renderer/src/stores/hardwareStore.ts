import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import { machineDevices, type Detection, type MachineRef } from '#shared/contract/index.ts'
import type { TargetDevice } from '#shared/fit/index.ts'
import { host } from '../host/client.ts'
import { UNREAD, type Reading } from './reading.ts'
import { tellApart } from './tellApart.ts'

const isUnreached = ({ findings, gpus }: Detection): boolean => gpus.length === 0 && findings.some(({ code, severity }) => code.startsWith('ssh-') && severity === 'error')

/** The machines as last looked at: this one, and those over ssh. */
export const useHardwareStore = defineStore('hardware', () => {
  const readings = shallowRef<ReadonlyMap<MachineRef, Reading>>(new Map())

  const readingOf = (ref: MachineRef): Reading => readings.value.get(ref) ?? UNREAD

  function note (ref: MachineRef, change: Partial<Reading>): void {
    readings.value = new Map(readings.value).set(ref, { ...readingOf(ref), ...change })
  }

  async function detect (ref: MachineRef, refresh: boolean): Promise<void> {
    if (readingOf(ref).looking) return
    note(ref, { looking: true })
    const reply = await host.invoke('hardware.detect', { machine: ref, refresh })
    if (!reply.ok) note(ref, { looking: false, error: reply.error })
    else if (isUnreached(reply.value)) note(ref, { looking: false, error: null, unreached: reply.value })
    else note(ref, { looking: false, error: null, unreached: null, detection: reply.value })
  }

  /** Cards of a machine that can be judged against: those that say how much memory they have. */
  function devicesOf (ref: MachineRef): readonly TargetDevice[] {
    const { detection } = readingOf(ref)
    return detection ? tellApart(machineDevices(detection, ref)) : []
  }

  return { readings, readingOf, devicesOf, detect }
})
