import type { PciDevice } from './pciDevices.ts'

const HEAD = /^((?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])\s+(.*)$/i

/** The devices of `lspci -nn`, with their drivers when `-k` was given. Lines without both ids are skipped. */
export function readLspci (text: string): PciDevice[] {
  const devices: PciDevice[] = []
  const lines = text.split(/\r?\n/)
  const hasDrivers = lines.some((line) => /^\s+Kernel (driver in use|modules):/.test(line))
  for (const line of lines) {
    const head = HEAD.exec(line)
    if (head !== null) {
      const device = fromHead(head[1]!.toLowerCase(), head[2]!, hasDrivers ? null : undefined)
      devices.push(device ?? UNREADABLE)
      continue
    }
    const driver = /^\s+Kernel driver in use:\s*(\S+)/.exec(line)?.[1]
    const last = devices.at(-1)
    if (driver !== undefined && last !== undefined) devices[devices.length - 1] = { ...last, driver }
  }
  return devices.filter((device) => device.slot !== '')
}

/** Keeps the driver of a device that cannot be read from being taken for its predecessor's. */
const UNREADABLE: PciDevice = { slot: '', vendorId: '', deviceId: '', classCode: '', driver: undefined, name: null, suspended: false }

function fromHead (slot: string, rest: string, driver: null | undefined): PciDevice | null {
  const classCode = /\[([0-9a-f]{4})\]:/i.exec(rest)
  const ids = [...rest.matchAll(/\[([0-9a-f]{4}):([0-9a-f]{4})\]/gi)].at(-1)
  if (classCode === null || ids === undefined) return null
  return {
    slot: slot.length > 7 ? slot : `0000:${slot}`,
    vendorId: ids[1]!.toLowerCase(),
    deviceId: ids[2]!.toLowerCase(),
    classCode: classCode[1]!.toLowerCase(),
    driver,
    name: rest.slice(classCode.index + classCode[0].length, ids.index).trim() || null,
    suspended: false
  }
}
