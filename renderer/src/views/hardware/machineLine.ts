import { capacityOf, findGpu } from '#shared/catalog/index.ts'
import type { MachineDraft, PaperDevices } from '#shared/contract/index.ts'
import { bytes, formatGib, type Locale } from '#shared/units/index.ts'
import type { Translate } from '../../i18n/index.ts'
import type { Reading } from '../../stores/reading.ts'
import { shortName } from '../../composables/shortName.ts'
import { countNames } from './countNames.ts'

/** What a machine's entry in the list says under its name. */
export interface MachineLine {
  readonly state: 'unread' | 'looking' | 'ready' | 'empty' | 'offline' | 'paper'
  readonly text: string
}

export type PaperMachine = Extract<MachineDraft, { kind: 'paper' }>

export function readingLine ({ detection, unreached, error, looking }: Reading, t: Translate, locale: Locale): MachineLine {
  if (looking) return { state: 'looking', text: t('machine.looking') }
  if (error) return { state: 'offline', text: t('machine.noAnswer') }
  if (unreached) return { state: 'offline', text: t('machine.offline') }
  if (!detection) return { state: 'unread', text: t('machine.unread') }
  if (detection.gpus.length === 0) return { state: 'empty', text: t('machine.noGpu') }
  const total = detection.gpus.reduce((sum, gpu) => sum + (gpu.memory.totalBytes ?? 0), 0)
  const names = countNames(detection.gpus.map((gpu) => ({ name: shortName(gpu.name) })))
  return { state: 'ready', text: total > 0 ? `${names} · ${formatGib(bytes(total), locale, 0)}` : names }
}

/** Memory of one of these devices; null when neither the user nor the catalog says. */
export function paperMemory ({ gpuId, memoryBytes }: PaperDevices): number | null {
  if (memoryBytes !== null) return memoryBytes
  const gpu = gpuId === null ? null : findGpu(gpuId)
  return gpu && capacityOf(gpu)
}

export function paperTotal (devices: readonly PaperDevices[]): number {
  return devices.reduce((sum, group) => sum + (paperMemory(group) ?? 0) * group.count, 0)
}

export const paperLine = ({ devices }: PaperMachine, locale: Locale): string =>
  `${countNames(devices.map(({ name, count }) => ({ name: shortName(name), count })))} · ${formatGib(bytes(paperTotal(devices)), locale, 0)}`
