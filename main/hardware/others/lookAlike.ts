import type { DetectedGpu, Vendor } from '#shared/contract/index.ts'
import type { Evidence, Probe, ProbeRun, VendorReading, VendorSupport } from '../evidence.ts'
import { pciDevices } from '../pciDevices.ts'
import { cardsWithoutDriver } from '../reading/cardsWithoutDriver.ts'
import { readBareRows, readSmiTable } from '../reading/smiTable.ts'
import { tableDevices } from '../reading/tableDevices.ts'
import { isAbsent, toolFailure } from '../reading/toolFailure.ts'

/** A vendor whose tool prints a table after nvidia-smi's fashion. */
export interface LookAlike {
  readonly vendor: Vendor
  readonly tool: string
  readonly plainName: string
  readonly kind: DetectedGpu['kind']
  /** PCI vendor id. */
  readonly pciVendor: string
  readonly places: readonly string[]
  readonly moreProbes?: readonly Probe[]
  /** Runs of other vendors' probes that this tool may have answered: the name is taken twice. */
  readonly sharedRuns?: readonly { readonly run: string, readonly banner: RegExp }[]
  readonly uuidsOf?: (evidence: Evidence) => ReadonlyMap<number, string>
  readonly complete?: (reading: VendorReading, evidence: Evidence) => VendorReading
}

export function lookAlike (its: LookAlike): VendorSupport {
  const { vendor, tool } = its
  const common = { vendor, tool, systems: ['linux'] as const, timeoutMs: 15_000, places: { linux: [...its.places, '/usr/bin', '/usr/local/bin'] } }
  return {
    vendor,
    probes: [{ ...common, name: tool, args: [], wakes: its.pciVendor }, ...its.moreProbes ?? []],
    files: [],
    read (evidence) {
      const { run, isOwn } = answerOf(its, evidence)
      const rows = run === undefined ? null : readSmiTable(run.stdout) ?? (isOwn ? readBareRows(run.stdout) : null)
      const { gpus, findings } = tableDevices(rows ?? [], { ...its, uuids: its.uuidsOf?.(evidence) ?? new Map() })
      const failure = toolFailure(run, tool, vendor, rows !== null)
      const missing = cardsWithoutDriver(pciDevices(evidence), its.pciVendor, vendor, gpus)
      const reading = { gpus, findings: [...missing, ...failure === null ? [] : [failure], ...findings], seen: gpus.length > 0 || failure !== null || missing.length > 0 }
      return its.complete?.(reading, evidence) ?? reading
    }
  }
}

/** The tool's own run, else one of another vendor's that its banner shows to be this tool's. */
function answerOf ({ tool, sharedRuns = [] }: LookAlike, { runs }: Evidence): { readonly run: ProbeRun | undefined, readonly isOwn: boolean } {
  const own = runs.get(tool)
  if (!isAbsent(own)) return { run: own, isOwn: true }
  const shared = sharedRuns.find(({ run, banner }) => banner.test(runs.get(run)?.stdout ?? ''))
  return shared === undefined ? { run: own, isOwn: true } : { run: runs.get(shared.run), isOwn: false }
}
