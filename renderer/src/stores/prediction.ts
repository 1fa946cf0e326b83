import type { Estimate } from '#shared/memory/index.ts'
import type { PhaseLevel, Prediction } from './recording.ts'

/**
 * What a live reading is held against. The caching allocator keeps what it has taken, so a reading only rises: after each
 * phase it shows the highest peak so far, and beside the tensors what total and peak differ by (context, workspace, fragments).
 */
export function predictionOf ({ total, phases, peakPhase }: Estimate): Prediction {
  const beside = total.expected - phases[peakPhase]!.peak
  const levels: PhaseLevel[] = []
  for (const { kind, step, peak } of phases) {
    const bytes = peak + beside
    if (bytes > (levels.at(-1)?.bytes ?? 0)) levels.push({ phase: kind, step, bytes })
  }
  return { total, levels }
}
