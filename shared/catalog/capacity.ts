import type { Bytes } from '../units/index.ts'
import type { CatalogGpu } from './gpu.ts'

/** reported: printed by the vendor's tool on a real machine; nominal: the size on the box, up to 7 % above what a process gets. */
export type CapacityBasis = 'reported' | 'nominal'

/**
 * What processes can use of one device: the total seen on real machines where one was seen, else the nominal size.
 * `capacityBasis` says which. Null when neither is known, and for chips sold with different amounts of memory.
 */
export function capacityOf (gpu: CatalogGpu): Bytes | null {
  switch (capacityBasis(gpu)) {
    case 'reported': return gpu.memory.reportedBytes
    case 'nominal': return gpu.memory.nominalBytes
    case null: return null
  }
}

/** What `capacityOf` rests on. */
export function capacityBasis ({ memory, configurableMemory }: CatalogGpu): CapacityBasis | null {
  if (memory.reportedBytes !== null) return 'reported'
  return memory.nominalBytes !== null && !configurableMemory ? 'nominal' : null
}
