import { capacityBasis, capacityOf, findGpu, gpus, searchGpus, type CatalogGpu } from '#shared/catalog/index.ts'
import { describeFinding, machineDevices, type Detection, type MachineRef } from '#shared/contract/index.ts'
import type { TargetDevice } from '#shared/fit/index.ts'
import { nearest } from '#shared/text/nearest.ts'
import { InputError } from './exit.ts'
import type { Terminal } from './terminal.ts'

export interface CatalogTarget {
  readonly device: TargetDevice
  /** The capacity is the size on the box, up to 7 % above what a process gets. */
  readonly nominal: boolean
}

/** Cards of the catalog by name. Throws an InputError with a line per name that means no card, or more than one. */
export function catalogTargets (names: readonly string[], terminal: Terminal): CatalogTarget[] {
  const problems: string[] = []
  const targets: CatalogTarget[] = []
  for (const name of names) {
    const gpu = findGpu(name)
    const capacity = gpu === null ? null : capacityOf(gpu)
    if (gpu === null) problems.push(notFound(name, terminal))
    else if (capacity === null) problems.push(terminal.say(`The memory of “${gpu.name}” is not known. Name a card with a known size.`, `“${gpu.name}”的显存大小未知。请指定已知大小的显卡。`))
    else targets.push({ device: { id: gpu.id, name: gpu.name, capacity, free: capacity, origin: 'catalog', computeCapability: gpu.computeCapability }, nominal: capacityBasis(gpu) === 'nominal' })
  }
  if (problems.length > 0) throw new InputError(...problems)
  return targets
}

const SUGGESTIONS = 5

function notFound (name: string, { say }: Terminal): string {
  const alike = searchGpus(name, SUGGESTIONS)
  const ids = (found: readonly CatalogGpu[]): string => found.map((gpu) => gpu.id).join(', ')
  if (alike.length > 1) return say(`“${name}” may mean several cards: ${ids(alike)}. Name one of them.`, `“${name}”可能指多种显卡：${ids(alike)}。请指定其中之一。`)
  const close = alike[0]?.id ?? nearest(name, gpus.map((gpu) => gpu.id))
  return close === null
    ? say(`“${name}” is not in the catalog. Search with “headroom gpus”.`, `目录中没有“${name}”。可用“headroom gpus”搜索。`)
    : say(`“${name}” is not in the catalog; did you mean ${close}? Search with “headroom gpus”.`, `目录中没有“${name}”，是否指 ${close}？可用“headroom gpus”搜索。`)
}

/** The cards of a machine that a plan can be judged against. Throws an InputError that says why there is none. */
export function machineTargets (detection: Detection, { locale, say }: Terminal, machine: MachineRef = 'local'): TargetDevice[] {
  const devices = machineDevices(detection, machine)
  if (devices.length > 0) return devices
  throw new InputError(
    ...detection.findings.map((found) => describeFinding(found, locale)),
    say('There is no GPU here to judge against. Name one: --gpu “RTX 4090” (list: “headroom gpus”).', '本机没有可供评估的 GPU。请指定一种：--gpu “RTX 4090”（列表：“headroom gpus”）。')
  )
}
