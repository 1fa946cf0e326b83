import type { PciDevice } from './pciDevices.ts'
import { linesOf } from './reading/lines.ts'

const HEAD = /^((?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])\s+(\S.*)$/i

/** The devices of `lspci`, with ids where `-nn` was given, with drivers where `-k` or `-v` was. Lines that are no device are skipped. */
export function readLspci (text: string): PciDevice[] {
  const devices: PciDevice[] = []
  const lines = linesOf(text)
  const hasDrivers = lines.some((line) => /^\s+Kernel (driver in use|modules):/.test(line))
  for (const line of lines) {
    const head = HEAD.exec(line)
    if (head !== null) devices.push(fromHead(head[1]!.toLowerCase(), head[2]!, hasDrivers ? null : undefined))
    const driver = /^\s+Kernel driver in use:\s*(\S+)/.exec(line)?.[1]
    const last = devices.at(-1)
    if (driver !== undefined && last !== undefined) devices[devices.length - 1] = { ...last, driver }
  }
  return devices.filter((device) => device.vendorId !== '' && device.classCode !== '')
}

function fromHead (slot: string, rest: string, driver: null | undefined): PciDevice {
  const withIds = /^(.*?) \[([0-9a-f]{4})\]: (.*) \[([0-9a-f]{4}):([0-9a-f]{4})\]/i.exec(rest)
  const plain = /^(.*?): (.*)$/.exec(rest)
  const full = slot.length > 7 ? slot : `0000:${slot}`
  if (withIds !== null) {
    const [, , classCode, name, vendorId, deviceId] = withIds as unknown as readonly [string, string, string, string, string, string]
    return { slot: full, vendorId: vendorId.toLowerCase(), deviceId: deviceId.toLowerCase(), classCode: classCode.toLowerCase(), driver, name, suspended: false }
  }
  const name = plain?.[2]?.replace(/ \((?:rev|prog-if) .*$/, '') ?? ''
  return {
    slot: full,
    vendorId: MAKERS.find(([pattern]) => pattern.test(name))?.[1] ?? '',
    // A device that the list of names does not know yet shows its number.
    deviceId: /\bDevice ([0-9a-f]{4})$/i.exec(name)?.[1]?.toLowerCase() ?? '',
    classCode: CLASSES[plain?.[1]?.toLowerCase() ?? ''] ?? '',
    driver,
    name,
    suspended: false
  }
}

/** What `lspci` without `-nn` writes for the classes and makers that matter here. */
const CLASSES: Readonly<Record<string, string>> = {
  'vga compatible controller': '0300', 'xga compatible controller': '0301', '3d controller': '0302', 'display controller': '0380', 'processing accelerators': '1200'
}
const MAKERS: readonly (readonly [RegExp, string])[] = [[/^NVIDIA Corporation\b/, '10de'], [/^Advanced Micro Devices\b/, '1002'], [/^Intel Corporation\b/, '8086']]
