import type { Category, Uncertain } from '../memory/index.ts'
import type { Bytes } from '../units/index.ts'
import type { Refusal } from './support.ts'
import type { TargetDevice, TargetHost } from './target.ts'

/**
 * fits: with the reserve kept free; tight: fits only by using the reserve, or only if the estimate's upper end does not come
 * true; unsupported: the memory would do, but the card lacks something that the plan needs.
 */
export type Outcome = 'fits' | 'tight' | 'unsupported' | 'does-not-fit'

/** Best first. */
export const OUTCOMES: readonly Outcome[] = ['fits', 'tight', 'unsupported', 'does-not-fit']

export const bestOf = (outcomes: readonly Outcome[]): Outcome => OUTCOMES.find((outcome) => outcomes.includes(outcome)) ?? 'does-not-fit'

export interface DeviceVerdict {
  readonly device: TargetDevice
  readonly outcome: Outcome
  readonly need: Uncertain
  /** What the run can have of the card: its free memory, less the host's process where they share one memory. */
  readonly available: Bytes
  /** Bytes to be kept free: reserve × capacity. */
  readonly reserve: Bytes
  /** available − need.expected; negative when it does not fit. */
  readonly margin: Bytes
  /** It would fit if nothing else used the card. */
  readonly fitsWhenIdle: boolean
  /** The category that holds most at the peak. */
  readonly dominant: { readonly category: Category, readonly bytes: Bytes, readonly share: number }
  /** What the card cannot do of the plan, each with the nearest choice that it can. */
  readonly refusals: readonly Refusal[]
}

/** One resource of the host against what the run needs of it. */
export interface HostCheck {
  readonly outcome: 'fits' | 'tight' | 'does-not-fit' | 'unknown'
  readonly need: Uncertain
  readonly available: Bytes | null
}

export interface HostVerdict {
  readonly host: TargetHost
  /** The larger of loading and training. */
  readonly ram: HostCheck
  readonly disk: HostCheck
}

export interface Verdict {
  /** The best outcome over the devices: a plan for one GPU runs if one GPU can hold it. */
  readonly outcome: Outcome
  readonly devices: readonly DeviceVerdict[]
  readonly hosts: readonly HostVerdict[]
}
