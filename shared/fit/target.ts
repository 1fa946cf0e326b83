import type { GpuFeatures, GpuVendor } from '../catalog/index.ts'
import type { Bytes } from '../units/index.ts'

/** A process that holds memory of a device. */
export interface Holder {
  readonly name: string | null
  readonly pid: number
  /** Null when the platform does not tell. */
  readonly bytes: Bytes | null
}

/** One GPU that a plan may be judged against. */
export interface TargetDevice {
  /** Stable within a target: the machine with the device's key, or a catalog id with a number. */
  readonly id: string
  readonly name: string
  /** What a process can use when nothing else runs: CUDA's total, not the marketing size nor nvidia-smi's total. */
  readonly capacity: Bytes
  /** Capacity minus what other processes hold now; equal to capacity for a hypothetical card. */
  readonly free: Bytes
  readonly origin: 'detected' | 'catalog'
  /** CUDA compute capability `8.0`, null when unknown or not NVIDIA. */
  readonly computeCapability: string | null
  /** Absent: not known. */
  readonly vendor?: GpuVendor
  /** Absent: nothing is known of what it can do. */
  readonly features?: GpuFeatures
  /** The platform does not tell how much is in use: `free` is then all of it. */
  readonly useIsUnknown?: boolean
  /** Who holds memory now, largest first; null when the platform does not tell. Absent: nobody. */
  readonly holders?: readonly Holder[] | null
  /** A desktop is drawn by this card, which takes memory while it is used. */
  readonly displayActive?: boolean
  /** Under WDDM and WSL allocations beyond the memory move to the host's RAM: the run crawls instead of stopping. */
  readonly spills?: boolean
  /** CPU and GPU share one memory: the process on the host takes its part of the same pool. */
  readonly sharesHostMemory?: boolean
  /** The machine that it is in, where a target has several. */
  readonly machine?: string
}

/** The host that the devices are in. Null is not known. */
export interface TargetHost {
  readonly name: string
  readonly ramTotal: Bytes | null
  /** What a new process can have. */
  readonly ramFree: Bytes | null
  readonly diskFree: Bytes | null
}

/** The hardware a plan is judged against. */
export interface Target {
  readonly devices: readonly TargetDevice[]
  /** Share of each card's capacity to keep free, 0 … 1. Practitioners' rule: 0.3. */
  readonly reserve: number
  /** Absent where the devices are only catalog cards. */
  readonly hosts?: readonly TargetHost[]
}

export const DEFAULT_RESERVE = 0.3
