import type { Detection, Finding } from '#shared/contract/index.ts'
import type { Board } from './board.ts'

/** Why a source ended by itself. */
export interface Ending {
  readonly finding: Finding
  /** Trying again cannot help before somebody has done something. */
  readonly isFinal: boolean
  /** An attempt that is part of finding out what this machine can do: tried again at once, and not counted. */
  readonly isTrial?: boolean
}

/** What a source needs, and whom it tells. */
export interface SourceOptions {
  readonly detection: Detection
  readonly intervalMs: number
  readonly board: Board
  /** Something new is on the board: a sample is due. */
  readonly onSample: () => void
  readonly onEnd: (ending: Ending) => void
}

/** Whatever writes a machine's figures to the board: processes, files, a connection. */
export interface Source {
  /** Between samples, which may be longer than asked for. */
  readonly intervalMs: () => number
  /** Ends it; it tells nobody any more. */
  readonly stop: () => void
  /** False while a process of it survives its kill: no other may be started beside it. */
  readonly isGone: () => boolean
}

/** Starts a source; the sampler decides when. */
export type OpenSource = (options: SourceOptions) => Source
