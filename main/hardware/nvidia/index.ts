import type { VendorSupport } from '../evidence.ts'
import { finding } from '../finding.ts'
import { pciDevices } from '../pciDevices.ts'
import { interpret } from './interpret.ts'
import { NVIDIA_PROBES, REPORT } from './probes.ts'

/** NVIDIA: through nvidia-smi, and what the system itself knows. */
export const nvidia: VendorSupport = {
  vendor: 'nvidia',
  probes: NVIDIA_PROBES,
  files: ['/proc/driver/nvidia/version', '/proc/driver/nvidia/gpus/*/information', '/proc/device-tree/model'],
  variables: ['CUDA_VISIBLE_DEVICES', 'NVIDIA_VISIBLE_DEVICES', 'CUDA_DEVICE_MEMORY_LIMIT', 'LD_PRELOAD'],
  read (evidence) {
    const cards = pciDevices(evidence).filter((device) => device.vendorId === '10de')
    const run = evidence.runs.get(REPORT)
    const reading = run === undefined ? { gpus: [], findings: [finding('no-nvidia-smi', null, { vendor: 'nvidia' })], driverVersion: null, cudaVersion: null } : interpret(run)
    return { ...reading, seen: cards.length > 0 || reading.gpus.length > 0 || !reading.findings.every(({ code }) => code === 'no-nvidia-smi') }
  }
}
