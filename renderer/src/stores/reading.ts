import type { Detection, HostError } from '#shared/contract/index.ts'

/** What is known of a machine that can be looked at. */
export interface Reading {
  /** The last look that reached the machine. */
  readonly detection: Detection | null
  /** A later look that did not reach it. */
  readonly unreached: Detection | null
  /** The host of Headroom itself did not answer. */
  readonly error: HostError | null
  readonly looking: boolean
}

export const UNREAD: Reading = { detection: null, unreached: null, error: null, looking: false }
