import { bytes } from '../units/index.ts'
import { extrapolate, type Peak } from './phases.ts'
import type { Part } from './result.ts'
import { liveAt, type Simulation } from './simulate.ts'
import { sourceOf } from './sources.ts'
import type { Stack } from './stack.ts'
import { ALLOCATION_UNIT, type Storage } from './tape/index.ts'

interface Group {
  readonly sample: Storage
  count: number
  bytes: number
}

/** Equal buffers of one live set as groups, by what they are. */
function group (live: Iterable<Storage>): Map<string, Group> {
  const groups = new Map<string, Group>()
  for (const storage of live) {
    if (storage.bytes === 0) continue
    const extent = storage.shape.dimensions.map((d) => `${d.symbol}=${d.size}`).join()
    const key = [storage.category, storage.module, storage.role, extent, storage.elementSize].join('|')
    const known = groups.get(key)
    if (known) {
      known.count++
      known.bytes += storage.bytes
    } else {
      groups.set(key, { sample: storage, count: 1, bytes: storage.bytes })
    }
  }
  return groups
}

/** The buffers alive at a peak of the tapes of 3 and 4 repeats, extrapolated to all of the stack, largest first. With one tape: as they are. */
export function partsAt (peak: Peak, shallow: Simulation, deeper: Simulation, stack: Stack): Part[] {
  const a = group(liveAt(shallow.events, peak.segment.shallow.event))
  const b = shallow === deeper ? a : group(liveAt(deeper.events, peak.segment.deeper.event))
  const parts: Part[] = []
  for (const [key, { sample, count, bytes: size }] of b) {
    const before = shallow === deeper ? { count, bytes: size } : a.get(key) ?? { count: 0, bytes: 0 }
    const total = shallow === deeper ? size : extrapolate(before.bytes, size, stack)
    if (total <= 0) continue
    parts.push({
      category: sample.category,
      module: sample.module,
      tensor: sample.role,
      shape: sample.shape.dimensions,
      dtype: dtypeOf(sample.elementSize),
      bytesPerElement: sample.elementSize,
      count: shallow === deeper ? count : extrapolate(before.count, count, stack),
      bytes: bytes(total),
      source: sourceOf(sample)
    })
  }
  return parts.sort((x, y) => y.bytes - x.bytes)
}

/** The tape knows element sizes; 2 bytes are bf16 or fp16, which take the same room. */
function dtypeOf (elementSize: number): string {
  return { 1: 'int8/bool', 2: '16-bit', 4: 'fp32', 8: 'int64' }[elementSize] ?? `${elementSize} B`
}

/** The largest rounded buffer of a peak: what the quick bound of reserved memory needs. */
export const largestBuffer = (parts: readonly Part[]): number =>
  parts.reduce((largest, part) => Math.max(largest, Math.ceil(part.bytes / part.count / ALLOCATION_UNIT) * ALLOCATION_UNIT), 0)
