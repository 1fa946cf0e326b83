import type { Category, Uncertain } from '../memory/index.ts'
import type { Bytes } from '../units/index.ts'
import type { TargetDevice } from './target.ts'

/** fits: with the reserve kept free; tight: fits only by using the reserve, or only if the estimate's upper end does not come true. */
export type Outcome = 'fits' | 'tight' | 'does-not-fit'

export interface DeviceVerdict {
  readonly device: TargetDevice
  readonly outcome: Outcome
  readonly need: Uncertain
  /** The card's free memory: what the run can have. */
  readonly available: Bytes
  /** Bytes to be kept free: reserve × capacity. */
  readonly reserve: Bytes
  /** available − need.expected; negative when it does not fit. */
  readonly margin: Bytes
  /** The category that holds most at the peak. */
  readonly dominant: { readonly category: Category, readonly bytes: Bytes, readonly share: number }
}

export interface Verdict {
  /** The best outcome over the devices: a plan for one GPU runs if one GPU can hold it. */
  readonly outcome: Outcome
  readonly devices: readonly DeviceVerdict[]
}
