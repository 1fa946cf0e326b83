import * as v from 'valibot'
import { createEvents, createHardware, detectHardware } from '#main/host/machine.ts'
import { SshHostSchema, type Detection, type MachineRef } from '#shared/contract/index.ts'
import { UsageError } from './exit.ts'
import type { Arguments } from './options.ts'
import type { Terminal } from './terminal.ts'

/** The machine that `--host` names: this one without it. Throws a UsageError for what is no ssh destination. */
export function machineOf (args: Arguments, { say }: Terminal): MachineRef {
  const host = args.value('host')
  if (host === null) return 'local'
  if (v.is(SshHostSchema, host)) return `ssh:${host}`
  throw new UsageError(say(`--host is “${host}”; give a host as ssh knows it: an alias of ~/.ssh/config, a name, or user@name.`, `--host 为“${host}”；请填写 ssh 可识别的主机：~/.ssh/config 中的别名、主机名或 user@主机名。`))
}

/** Looks at a machine once. */
export async function detectOn (machine: MachineRef): Promise<Detection> {
  const hardware = createHardware({ detect: detectHardware, events: createEvents() })
  try {
    return await hardware.detect(machine, true)
  } finally {
    hardware.close()
  }
}

/** Whether the way to the machine failed, so that the answer is none. */
export const isUnreached = ({ gpus, probes, findings }: Detection): boolean =>
  gpus.length === 0 && probes.length === 0 && findings.some(({ code, severity }) => code.startsWith('ssh-') && severity === 'error')
