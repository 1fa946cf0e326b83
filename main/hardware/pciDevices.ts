import type { Evidence } from './evidence.ts'
import { readLspci } from './readLspci.ts'

/** A display or compute device on the PCI bus, as the system knows it without any vendor's tool. */
export interface PciDevice {
  /** `0000:01:00.0`. */
  readonly slot: string
  /** Four hexadecimal digits, lower case: `10de`. */
  readonly vendorId: string
  readonly deviceId: string
  /** Base class and subclass: `0300` VGA, `0302` 3D, `0380` other display, `1200` accelerator. */
  readonly classCode: string
  /** The kernel driver that holds it (`nvidia`, `nouveau`, `vfio-pci`), null when none does, undefined when that is not known. */
  readonly driver: string | null | undefined
  /** The name in the system's PCI list, when lspci gave one. */
  readonly name: string | null
  /** Powered down by the system to save energy. */
  readonly suspended: boolean
}

/** Whether the vendor's tool has to do with it: one given to virtual machines, or without a driver, is none of its business. */
export const isServed = ({ driver }: PciDevice): boolean => typeof driver === 'string' && !/^(vfio|pci-stub$|nouveau$)/.test(driver)

/** Powered down by its driver: asking the vendor's tool would wake it. */
export const isAsleep = (device: PciDevice): boolean => device.suspended && isServed(device)

/** Files that tell of PCI devices under Linux; reading them wakes no device. */
export const PCI_FILES = ['/sys/bus/pci/devices/*/uevent', '/sys/bus/pci/devices/*/power/runtime_status'] as const

/** The probe that adds names, and the list where sysfs is hidden. */
export const LSPCI = 'lspci -nnk -D'

/**
 * Display devices (class 03) and accelerators (class 12). Audio functions, NVSwitch bridges and USB controllers of the same
 * vendors are left out.
 */
export function pciDevices ({ files, runs }: Pick<Evidence, 'files' | 'runs'>): PciDevice[] {
  const listed = new Map(readLspci(runs.get(LSPCI)?.stdout ?? '').map((device) => [device.slot, device]))
  for (const [file, text] of files) {
    const slot = /^\/sys\/bus\/pci\/devices\/([^/]+)\/uevent$/.exec(file)?.[1]
    if (slot === undefined) continue
    const device = fromUevent(slot, text, files.get(`/sys/bus/pci/devices/${slot}/power/runtime_status`)?.trim() === 'suspended')
    if (device !== null) listed.set(slot, { ...device, name: listed.get(slot)?.name ?? null })
  }
  return [...listed.values()].filter(({ classCode }) => /^(03|12)/.test(classCode)).sort((a, b) => a.slot < b.slot ? -1 : 1)
}

function fromUevent (slot: string, text: string, suspended: boolean): PciDevice | null {
  const value = (key: string): string | undefined => new RegExp(`^${key}=(.*)$`, 'm').exec(text)?.[1]?.trim()
  const id = /^([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(value('PCI_ID') ?? '')
  const classCode = /^[0-9a-f]{1,6}$/i.exec(value('PCI_CLASS') ?? '')?.[0]
  if (id === null || classCode === undefined) return null
  return {
    slot: slot.toLowerCase(),
    vendorId: id[1]!.toLowerCase().padStart(4, '0'),
    deviceId: id[2]!.toLowerCase().padStart(4, '0'),
    classCode: classCode.toLowerCase().padStart(6, '0').slice(0, 4),
    driver: value('DRIVER') ?? null,
    name: null,
    suspended
  }
}
