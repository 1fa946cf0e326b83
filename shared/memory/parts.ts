import { bytes } from '../units/index.ts'
import { extrapolate, type Peak } from './phases.ts'
import type { ResolvedPlan } from './resolvedPlan.ts'
import type { Part } from './result.ts'
import { liveAt, type EventLog } from './simulate.ts'
import { sourceOf } from './sources.ts'
import type { Stack } from './stack.ts'
import type { Storage } from './tape/index.ts'

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
    const key = [storage.owner, storage.category, storage.module, storage.role, extent, storage.elementSize].join('|')
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

/**
 * The buffers alive at a peak, largest first. `deeper` is given where the peak was extrapolated from tapes of 3 and 4
 * repeats.
 */
export function partsAt (peak: Peak, log: EventLog, labels: Labels, extrapolation: { readonly deeper: EventLog, readonly stack: Stack } | null): Part[] {
  const live = group(liveAt(log, peak.segment.shallow))
  if (!extrapolation) return sorted([...live.values()].map((buffers) => toPart(buffers, labels)))
  const { deeper, stack } = extrapolation
  const parts: Part[] = []
  for (const [key, { sample, count, bytes }] of group(liveAt(deeper, peak.segment.deeper))) {
    const before = live.get(key) ?? { count: 0, bytes: 0 }
    const total = extrapolate(before.bytes, bytes, stack)
    if (total > 0) parts.push(toPart({ sample, count: extrapolate(before.count, count, stack), bytes: total }, labels))
  }
  return sorted(parts)
}

const sorted = (parts: Part[]): Part[] => parts.sort((a, b) => b.bytes - a.bytes)

function toPart ({ sample, count, bytes: total }: Group, labels: Labels): Part {
  return {
    owner: sample.owner,
    category: sample.category,
    module: sample.module,
    tensor: sample.role,
    shape: sample.shape.dimensions,
    dtype: dtypeOf(sample, labels),
    bytesPerElement: sample.elementSize,
    count,
    bytes: bytes(total),
    source: sourceOf(sample, labels.modelFile)
  }
}

/** The tape knows element sizes only: which 16-bit type is meant stands in the plan, what a byte holds in its category. */
function dtypeOf ({ elementSize, category }: Storage, { sixteenBit }: Labels): string {
  if (elementSize === 1) return category === 'weights' || category === 'quantization-state' ? 'uint8' : 'bool'
  return { 2: sixteenBit, 4: 'fp32', 8: 'int64' }[elementSize] ?? `${elementSize} B`
}

/** What the tape does not know of a plan: the source of the model's own code, and the 16-bit type in use. */
export interface Labels {
  readonly modelFile: string
  readonly sixteenBit: string
}

export function labelsOf ({ plan, family }: ResolvedPlan): Labels {
  const { precision, method } = plan
  const types = new Set([precision.weights, precision.autocast, 'adapterType' in method ? method.adapterType : 'none'].filter((type) => type.endsWith('16')))
  return { modelFile: family.source, sixteenBit: types.size > 1 ? '16-bit' : [...types][0] ?? 'bf16' }
}
