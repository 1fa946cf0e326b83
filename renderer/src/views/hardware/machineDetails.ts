import { describeFinding, type DetectedGpu, type Detection } from '#shared/contract/index.ts'
import { bytes, formatBytes } from '#shared/units/index.ts'

const amount = (value: number | null): string => value === null ? 'unknown' : formatBytes(bytes(value))

/** Takes out what names a card, a person or a machine. */
const mask = (text: string): string => text
  .replaceAll(/\b(GPU|MIG)-[0-9a-f]{8}-[0-9a-f-]{20,}/gi, '$1-…')
  .replaceAll(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '…')
  .replaceAll(/(\/home\/|\/Users\/|\\Users\\)[^/\\\s]+/g, '$1…')

function deviceLines (gpu: DetectedGpu): string[] {
  const { totalBytes, reservedBytes, usedBytes, freeBytes } = gpu.memory
  return [
    `${gpu.index}: ${gpu.name} (${gpu.vendor}, ${gpu.kind}; catalog: ${gpu.catalogId ?? 'unknown'})`,
    `   memory: total ${amount(totalBytes)}, reserved ${amount(reservedBytes)}, used ${amount(usedBytes)}, free ${amount(freeBytes)}; from ${gpu.memorySource ?? 'nowhere'}`,
    `   compute capability ${gpu.computeCapability ?? 'unknown'}, architecture ${gpu.architecture ?? 'unknown'}, PCI ${gpu.pciDeviceId ?? 'unknown'}, unified ${gpu.unifiedMemory}, driver model ${gpu.driverModel ?? '-'}`,
    ...gpu.mig?.slices.map((slice) => `   MIG ${slice.gpuInstance} ${slice.profile ?? ''}: total ${amount(slice.memory.totalBytes)}, free ${amount(slice.memory.freeBytes)}`) ?? [],
    `   processes: ${gpu.processes?.length ?? 'not told'}`
  ]
}

/** A detection as text for a report of a problem, in English. UUIDs, user names and the host's name are left out. */
export function machineDetails ({ gpus, findings, driverVersion, cudaVersion, host, probes, at, topology }: Detection, version: string): string {
  return mask([
    `Headroom ${version}, detection of ${at}`,
    `platform ${host.platform}, ${host.cpuCount} CPUs, RAM ${amount(host.ramTotalBytes)} (${amount(host.ramFreeBytes)} free), ${host.environment.join(', ') || 'plain host'}`,
    `NVIDIA driver ${driverVersion ?? 'none'}, CUDA ${cudaVersion ?? 'none'}`,
    '',
    ...gpus.length === 0 ? ['no devices'] : gpus.flatMap(deviceLines),
    ...topology ? ['', `links: ${topology.links.length}, islands: ${topology.islands.map((island) => island.length).join(', ') || 'none'}`] : [],
    '',
    ...findings.map((finding) => `${finding.severity} ${finding.code}: ${describeFinding(finding)}`),
    ...findings.length > 0 ? [''] : [],
    ...probes.map(({ name, path, outcome, status, milliseconds }) => `${name}: ${outcome}${status === null ? '' : ` ${status}`}, ${Math.round(milliseconds)} ms${path === null ? '' : `, ${path}`}`)
  ].join('\n')).replaceAll(host.name === '' ? '\0' : host.name, 'host')
}
