import { MARKER } from './marker.ts'

/** A stretch of a remote answer: what our marker line announced, and the text up to the next one. */
export interface Section {
  readonly kind: string
  readonly argument: string
  readonly text: string
  /** Where in the answer it begins and ends, in characters. */
  readonly from: number
  readonly to: number
}

/**
 * Splits an answer at its marker lines. What comes before the first is a banner or the shell's greeting and is dropped. The
 * newline before a marker is the marker's own.
 */
export function sections (answer: string): Section[] {
  const marks = [...answer.matchAll(new RegExp(`(?:^|\\r?\\n)${MARKER} ([a-z]+)(?: ([^\\r\\n]*))?(?:\\r?\\n|$)`, 'g'))]
  return marks.map((mark, i) => {
    const from = mark.index + mark[0].length
    const next = marks[i + 1]
    // A marker right after another has only one newline between them.
    const to = next === undefined ? answer.length : Math.max(from, next.index)
    return { kind: mark[1]!, argument: mark[2] ?? '', text: answer.slice(from, to), from, to }
  })
}
