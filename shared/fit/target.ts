import type { Bytes } from '../units/index.ts'

/** One GPU that a plan may be judged against. */
export interface TargetDevice {
  /** Stable within a target: the GPU's UUID, or a catalog id with a number. */
  readonly id: string
  readonly name: string
  /** What a process can use when nothing else runs: the reported total for a real card, the usable size for a catalog one. */
  readonly capacity: Bytes
  /** Capacity minus what other processes hold now; equal to capacity for a hypothetical card. */
  readonly free: Bytes
  readonly origin: 'detected' | 'catalog'
  /** CUDA compute capability `8.0`, null when unknown or not NVIDIA. */
  readonly computeCapability: string | null
}

/** The hardware a plan is judged against. */
export interface Target {
  readonly devices: readonly TargetDevice[]
  /** Share of each card's capacity to keep free, 0 … 1. Practitioners' rule: 0.3. */
  readonly reserve: number
}

export const DEFAULT_RESERVE = 0.3
