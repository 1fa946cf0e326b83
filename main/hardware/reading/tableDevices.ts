import type { DetectedGpu, Finding, Vendor } from '#shared/contract/index.ts'
import { finding } from '../finding.ts'
import { catalogOf, withCatalogTotal } from './catalog.ts'
import { device } from './device.ts'
import type { TableRow } from './smiTable.ts'

export interface Described {
  readonly vendor: Vendor
  /** The tool's name, as the source of the figures. */
  readonly tool: string
  /** For rows without a name. */
  readonly plainName: string
  readonly kind: DetectedGpu['kind']
  readonly uuids?: ReadonlyMap<number, string>
}

/** The devices of a table, with what the catalog knows of them, and a finding for each whose memory nothing tells. */
export function tableDevices (rows: readonly TableRow[], { vendor, tool, plainName, kind, uuids = new Map() }: Described): { readonly gpus: DetectedGpu[], readonly findings: Finding[] } {
  const gpus = rows.map((row) => {
    const { index, memory, busId, utilization, temperatureC, powerWatts, powerLimitWatts } = row
    const name = row.name ?? plainName
    const known = catalogOf({ vendor, pciId: null, names: [name], totalBytes: memory.totalBytes })
    return withCatalogTotal(device(vendor, index, name, {
      kind, uuid: uuids.get(index) ?? null, catalogId: known.entry?.id ?? null, memory, memorySource: memory.totalBytes === null ? null : tool,
      pciBusId: busId, utilization, temperatureC, powerWatts, powerLimitWatts
    }), known)
  })
  return { gpus, findings: withoutMemory(gpus, vendor) }
}

export const withoutMemory = (gpus: readonly DetectedGpu[], vendor: Vendor): Finding[] => gpus
  .filter((gpu) => gpu.memory.totalBytes === null)
  .map((gpu) => finding('incomplete-device', `GPU ${gpu.index}: ${gpu.name}`, { vendor, deviceKey: gpu.key }))
