import type { OperatingSystem, Probe, ProbeRun } from './evidence.ts'
import { isAsleep, isServed, pciDevices } from './pciDevices.ts'

/** Whether a probe is to be run, given what is known of the machine so far. The same here and over ssh. */
export function shouldRun (probe: Probe, system: OperatingSystem, files: ReadonlyMap<string, string>, runs: ReadonlyMap<string, ProbeRun>): boolean {
  if (!probe.systems.includes(system)) return false
  if (probe.after !== undefined && !said(runs.get(probe.after.probe), probe.after.matching)) return false
  if (probe.without?.some((name) => (runs.get(name)?.path ?? null) !== null)) return false
  return probe.wakes === undefined || !wouldWake(probe.wakes, files)
}

const said = (run: ProbeRun | undefined, matching: string): boolean => run !== undefined && new RegExp(matching, 'm').test(run.stdout)

function wouldWake (vendor: string, files: ReadonlyMap<string, string>): boolean {
  const devices = pciDevices({ files, runs: new Map() })
  if (vendor === '*') return devices.some(isAsleep)
  const own = devices.filter((device) => device.vendorId === vendor && isServed(device))
  return own.length > 0 && own.every(isAsleep)
}
