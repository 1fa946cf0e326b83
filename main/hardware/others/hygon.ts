import type { Evidence, VendorSupport } from '../evidence.ts'
import { ROCM_SMI } from '../amd/probes.ts'
import { readRocmSmi } from '../amd/rocmSmi.ts'
import { pciDevices } from '../pciDevices.ts'
import { cardsWithoutDriver } from '../reading/cardsWithoutDriver.ts'
import { catalogOf, withCatalogTotal } from '../reading/catalog.ts'
import { device } from '../reading/device.ts'
import { memoryOf } from '../reading/figures.ts'
import { withoutMemory } from '../reading/tableDevices.ts'
import { isAbsent, toolFailure } from '../reading/toolFailure.ts'

const HY_SMI = 'hy-smi --showproductname --showmeminfo vram --showid --showbus --json'
const PCI_VENDOR = '1d94'

/** Hygon, through its copy of rocm-smi, under either name. */
export const hygon: VendorSupport = {
  vendor: 'hygon',
  probes: [{
    name: HY_SMI, vendor: 'hygon', tool: 'hy-smi', args: HY_SMI.split(' ').slice(1), systems: ['linux'], timeoutMs: 15_000,
    places: { linux: ['/opt/hyhal/bin', '/usr/local/hyhal/bin', '/opt/dtk/bin', '/usr/bin', '/usr/local/bin'] }
  }],
  files: [],
  read (evidence) {
    const { tool, cards } = cardsOf(evidence)
    const gpus = cards.map((card) => {
      // The vendor masks the names of some models.
      const name = card.name === null || /x{3,}/i.test(card.name) ? 'Hygon DCU' : card.name
      const memory = memoryOf(card.vramTotal, card.vramUsed)
      const known = catalogOf({ vendor: 'hygon', pciId: null, names: [name], totalBytes: memory.totalBytes })
      return withCatalogTotal(device('hygon', card.index, name, {
        catalogId: known.entry?.id ?? null, memory, memorySource: memory.totalBytes === null ? null : tool, architecture: card.gfx, pciBusId: card.busId,
        pciDeviceId: card.deviceId === null ? null : `${PCI_VENDOR}:${card.deviceId}`, utilization: card.utilization, temperatureC: card.temperatureC, powerWatts: card.powerWatts
      }), known)
    })
    const failure = toolFailure(evidence.runs.get(HY_SMI), 'hy-smi', 'hygon', gpus.length > 0)
    const missing = cardsWithoutDriver(pciDevices(evidence).filter(({ classCode }) => classCode !== '0300'), PCI_VENDOR, 'hygon', gpus)
    return { gpus, findings: [...missing, ...failure === null ? [] : [failure], ...withoutMemory(gpus, 'hygon')], seen: gpus.length > 0 || failure !== null || missing.length > 0 }
  }
}

function cardsOf ({ runs }: Evidence) {
  const own = runs.get(HY_SMI)
  const ownCards = isAbsent(own) ? null : readRocmSmi(own!.stdout)
  if (ownCards !== null) return { tool: 'hy-smi', cards: ownCards }
  return { tool: 'rocm-smi', cards: (readRocmSmi(runs.get(ROCM_SMI)?.stdout ?? '') ?? []).filter((card) => card.maker === 'hygon') }
}
