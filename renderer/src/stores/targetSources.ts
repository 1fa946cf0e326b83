import { findGpu } from '#shared/catalog/index.ts'
import { machineDevices, type Machine, type MachineRef, type TargetSource } from '#shared/contract/index.ts'
import type { TargetDevice } from '#shared/fit/index.ts'
import type { Reading } from './reading.ts'
import { tellApart } from './tellApart.ts'

/** What a source of the target is now. */
export interface SourceView {
  readonly source: TargetSource
  readonly key: string
  /** Null: this machine, which every language names differently. */
  readonly name: string | null
  readonly state: 'ready' | 'unread' | 'looking' | 'offline' | 'empty' | 'gone'
  /** Of a machine that can be looked at: all that it has. */
  readonly devices: readonly TargetDevice[]
  /** Ids of those that count. */
  readonly chosen: ReadonlySet<string>
}

export interface SourceContext {
  readonly readingOf: (machine: MachineRef) => Reading
  readonly machineById: (id: string) => Machine | null
  readonly hostNamed: (host: string) => Machine | null
}

type MachineSource = Extract<TargetSource, { kind: 'machine' }>

function stateOf ({ detection, looking, unreached, error }: Reading, count: number): SourceView['state'] {
  if (looking && !detection) return 'looking'
  if (!detection) return unreached || error ? 'offline' : 'unread'
  return count === 0 ? 'empty' : 'ready'
}

function viewMachine (source: MachineSource, { readingOf, hostNamed }: SourceContext): SourceView {
  const reading = readingOf(source.machine)
  const devices = reading.detection ? tellApart(machineDevices(reading.detection, source.machine)) : []
  const host = source.machine === 'local' ? null : source.machine.slice('ssh:'.length)
  return {
    source,
    key: source.machine,
    name: host === null ? null : hostNamed(host)?.machine.name ?? host,
    state: stateOf(reading, devices.length),
    devices,
    chosen: new Set(devices.map(({ id }) => id).filter((id) => source.devices === null || source.devices.includes(id)))
  }
}

export function viewSource (source: TargetSource, context: SourceContext): SourceView {
  const nothing = { devices: [], chosen: new Set<string>() }
  switch (source.kind) {
    case 'machine': return viewMachine(source, context)
    case 'catalog': {
      const gpu = findGpu(source.gpuId)
      return { ...nothing, source, key: source.gpuId, name: gpu?.name ?? source.gpuId, state: gpu ? 'ready' : 'gone' }
    }
    case 'paper': {
      const saved = context.machineById(source.id)
      return { ...nothing, source, key: source.id, name: saved?.machine.name ?? source.id, state: saved ? 'ready' : 'gone' }
    }
  }
}

/** The source with one device taken in or left out; all of them again is the machine as a whole, whatever it will have. */
export function withDevice ({ source, devices, chosen }: SourceView, id: string, included: boolean): TargetSource {
  if (source.kind !== 'machine') return source
  const next = devices.map((device) => device.id).filter((one) => one === id ? included : chosen.has(one))
  return { ...source, devices: next.length === devices.length ? null : next }
}
