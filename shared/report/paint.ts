import type { Locale } from '../units/index.ts'

/** Roles of text in a report; a terminal gives them colours, plain text none. */
export type Tone = 'strong' | 'faint' | 'good' | 'warn' | 'bad' | 'accent'

export type Paint = (tone: Tone, text: string) => string

export const plain: Paint = (_, text) => text

export interface ReportOptions {
  readonly locale: Locale
  readonly paint?: Paint
  /** Columns to wrap sentences at. */
  readonly width?: number
}
