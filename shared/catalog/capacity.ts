import { bytes, type Bytes } from '../units/index.ts'
import type { CatalogGpu } from './gpu.ts'

/** reported: from what the vendor's tool or CUDA showed on a real machine; nominal: the size on the box, up to 7 % above what a process gets. */
export type CapacityBasis = 'reported' | 'nominal'

/**
 * What CUDA shows a process of the total that nvidia-smi prints, where neither that nor the driver's own part was seen. The 20
 * cards for which both are known lie between 0.972 and 0.995 (mean 0.985).
 */
export const USUAL_CUDA_SHARE = 0.985

/**
 * What processes can use of one device that nothing else uses: the total that CUDA showed on a real machine; else the tool's
 * total less the driver's own part; else the nominal size. `capacityBasis` says which. Null when none is known, and for chips
 * sold with different amounts of memory.
 */
export function capacityOf (gpu: CatalogGpu): Bytes | null {
  switch (capacityBasis(gpu)) {
    case 'reported': return gpu.memory.cudaBytes ?? usableOfTotal(gpu.memory.reportedBytes!, largestReserved(gpu), gpu.vendor === 'nvidia')
    case 'nominal': return gpu.memory.nominalBytes
    case null: return null
  }
}

/** The tool's total less what the driver keeps; without that figure NVIDIA's usual share, and elsewhere the total as it is. */
export function usableOfTotal (total: number, reserved: number | null, isNvidia: boolean): Bytes {
  return bytes(reserved !== null ? total - reserved : isNvidia ? Math.floor(total * USUAL_CUDA_SHARE) : total)
}

function largestReserved ({ memory }: CatalogGpu): number | null {
  const seen = memory.sizesSeen.filter((size) => size.bytes === memory.reportedBytes).flatMap((size) => size.reservedBytes ?? [])
  return seen.length === 0 ? null : Math.max(...seen)
}

/** What `capacityOf` rests on. */
export function capacityBasis ({ memory, configurableMemory }: CatalogGpu): CapacityBasis | null {
  if (memory.reportedBytes !== null) return 'reported'
  return memory.nominalBytes !== null && !configurableMemory ? 'nominal' : null
}
