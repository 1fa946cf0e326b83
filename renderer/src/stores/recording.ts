import type { MachineRef, MeasuredRunDraft, RunPoint, Sample } from '#shared/contract/index.ts'
import type { PhaseKind, Uncertain } from '#shared/memory/index.ts'

export type RunScope = MeasuredRunDraft['scope']

/** What nvidia-smi is expected to show once a phase has had its peak: the allocator gives nothing back. */
export interface PhaseLevel {
  readonly phase: PhaseKind
  readonly step: number
  readonly bytes: number
}

export interface Prediction {
  readonly total: Uncertain
  /** Rising, each higher than the one before. */
  readonly levels: readonly PhaseLevel[]
}

/** What is to be measured where. */
export interface RunSetup {
  readonly scenario: { readonly id: string, readonly name: string }
  readonly machine: MachineRef
  readonly device: { readonly key: string, readonly name: string }
  readonly scope: RunScope
  readonly prediction: Prediction
  readonly intervalMs: number
}

/** A run that is being measured, or has been and is not kept yet. */
export interface Recording extends RunSetup {
  readonly startedAt: string
  /** Null while it goes on. */
  readonly endedAt: string | null
  readonly points: readonly RunPoint[]
  readonly peak: RunPoint | null
  /** The process that is measured is no longer listed. */
  readonly lost: boolean
}

/** More than this are thinned out before the run is kept. */
export const MOST_POINTS = 4000

/** What the run holds by this reading; null when the reading does not tell. */
export function measureOf (scope: RunScope, device: string, sample: Sample): number | null {
  if (scope.kind === 'process') return sample.processes?.find(({ deviceKey, pid }) => deviceKey === device && pid === scope.pid)?.usedBytes ?? null
  const used = sample.devices.find(({ key }) => key === device)?.usedBytes
  return used === undefined || used === null ? null : Math.max(0, used - scope.usedBeforeBytes)
}

/** The recording with one more reading. */
export function withSample (recording: Recording, sample: Sample): Recording {
  const usedBytes = measureOf(recording.scope, recording.device.key, sample)
  const lost = recording.scope.kind === 'process' && sample.processes !== null && usedBytes === null
  if (usedBytes === null) return lost === recording.lost ? recording : { ...recording, lost }
  const point = { seconds: Math.max(0, (Date.parse(sample.at) - Date.parse(recording.startedAt)) / 1000), usedBytes }
  return {
    ...recording,
    lost,
    points: thinned([...recording.points, point], MOST_POINTS * 2, MOST_POINTS),
    peak: recording.peak === null || usedBytes > recording.peak.usedBytes ? point : recording.peak
  }
}

/** At most `most` points once there are more than `limit`: of each stretch the highest, at its own time. */
export function thinned (points: readonly RunPoint[], limit: number, most: number): readonly RunPoint[] {
  if (points.length <= limit) return points
  const kept: RunPoint[] = []
  for (let i = 0; i < most; i++) {
    const stretch = points.slice(Math.floor(i * points.length / most), Math.floor((i + 1) * points.length / most))
    kept.push(stretch.reduce((highest, point) => point.usedBytes > highest.usedBytes ? point : highest))
  }
  return kept
}

/** The recording as it is kept. Null when nothing was read. */
export function draftOf (recording: Recording, note: string, now: Date): MeasuredRunDraft | null {
  const { scenario, machine, device, scope, prediction, intervalMs, startedAt, endedAt, points, peak } = recording
  if (peak === null) return null
  const { expected, low, high } = prediction.total
  return {
    scenarioId: scenario.id,
    machine,
    deviceKey: device.key,
    deviceName: device.name,
    scope,
    startedAt,
    endedAt: endedAt ?? now.toISOString(),
    intervalMs,
    peakBytes: peak.usedBytes,
    predicted: { expected, low, high },
    note,
    points: [...thinned(points, MOST_POINTS, MOST_POINTS)]
  }
}
