import type { Detection, MachineRef } from '#shared/contract/index.ts'
import { createMonitor, openLocal, openRemote, type Monitor, type OpenSource } from '#main/hardware/monitor/index.ts'
import { remoteMachines, type RemoteMachines } from '#main/hardware/remote/index.ts'
import type { Events } from './events.ts'
import { hardwareReader, type Detect } from './hardwareReader.ts'

/** The machines that this host can look at: its own, and those over ssh. */
export interface Hardware {
  /** Never rejects: a machine that cannot be reached is an answer with findings. */
  readonly detect: (machine: MachineRef, refresh: boolean) => Promise<Detection>
  readonly monitor: Monitor
  /** Ends samplers and connections. */
  readonly close: () => void
}

export interface HardwareOptions {
  readonly detect: Detect
  readonly events: Events
  readonly remote?: RemoteMachines
  /** How this machine is sampled. */
  readonly open?: OpenSource
}

const hostOf = (machine: MachineRef): string | null => machine === 'local' ? null : machine.slice('ssh:'.length)

export function createHardware ({ detect, events, remote = remoteMachines(), open = openLocal() }: HardwareOptions): Hardware {
  const readLocal = hardwareReader(detect)
  const look = async (machine: MachineRef, refresh: boolean): Promise<Detection> => {
    const host = hostOf(machine)
    return host === null ? readLocal(refresh) : (await remote.look(host, refresh)).detection
  }
  const monitor = createMonitor({
    reach: (machine) => {
      const host = hostOf(machine)
      return { look: () => look(machine, false), open: host === null ? open : openRemote(host, remote) }
    },
    onSample: (event) => { events.emit('monitor.sample', event) },
    onState: (event) => { events.emit('monitor.state', event) }
  })
  return {
    detect: look,
    monitor,
    close: () => {
      monitor.close()
      remote.close()
    }
  }
}
