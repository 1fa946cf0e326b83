import type { DeviceVerdict } from '#shared/fit/index.ts'

/** Devices of a machine that are alike in all that the verdict rests on. */
export interface DeviceGroup {
  /** The one with the least to spare. */
  readonly verdict: DeviceVerdict
  readonly count: number
  readonly name: string
}

/** Free memory that differs by less than this share of the card counts as equal. */
const ALIKE = 0.01

const plainName = (name: string): string => name.replace(/ #\d+$/, '')

const alike = (a: DeviceVerdict, b: DeviceVerdict): boolean =>
  plainName(a.device.name) === plainName(b.device.name) && a.device.machine === b.device.machine && a.outcome === b.outcome &&
  a.device.capacity === b.device.capacity && Math.abs(a.available - b.available) < a.device.capacity * ALIKE

/** Sixteen idle cards are one line, not sixteen; cards in use differently stay apart. */
export function deviceGroups (devices: readonly DeviceVerdict[]): DeviceGroup[] {
  const groups: DeviceVerdict[][] = []
  for (const verdict of devices) {
    const group = groups.find(([first]) => alike(first!, verdict))
    if (group) group.push(verdict)
    else groups.push([verdict])
  }
  return groups.map((group) => ({
    verdict: group.reduce((least, next) => next.margin < least.margin ? next : least),
    count: group.length,
    name: group.length === 1 ? group[0]!.device.name : plainName(group[0]!.device.name)
  }))
}
