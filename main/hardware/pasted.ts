import type { Detection } from '#shared/contract/index.ts'
import { withCatalog } from './detect.ts'
import { readPasted } from './nvidia/pasted.ts'

/** A machine as the pasted output of its nvidia-smi shows it. Of the host nothing is known but the given name. */
export function detectionFromText (text: string, name: string, at: Date): Detection {
  const { gpus, findings, driverVersion, cudaVersion, topology } = readPasted(text)
  return {
    gpus: gpus.map(withCatalog),
    findings: [...findings],
    driverVersion,
    cudaVersion,
    topology,
    host: { name, platform: '', ramTotalBytes: 0, ramFreeBytes: 0, cpuCount: 0, disk: null, environment: [] },
    probes: [],
    at: at.toISOString()
  }
}
