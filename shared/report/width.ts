/* How wide text is in a terminal: East Asian wide and full-width characters take two columns, marks and colour codes none. */

const ESCAPES = /\u001B\[[0-9;]*m/g
const MARKS = /\p{Mark}|\u200B|\u200D|\uFE0F/gu
const WIDE = /[\u1100-\u115F\u2E80-\u303E\u3041-\u33FF\u3400-\u4DBF\u4E00-\u9FFF\uA000-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF01-\uFF60\uFFE0-\uFFE6]|[\u{1F300}-\u{1F64F}\u{1F900}-\u{1F9FF}\u{20000}-\u{3FFFD}]/gu

/** Columns that the text takes in a terminal. */
export function displayWidth (text: string): number {
  const plain = text.replaceAll(ESCAPES, '').replaceAll(MARKS, '')
  return [...plain].length + [...plain.matchAll(WIDE)].length
}

export const padEnd = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - displayWidth(text)))
export const padStart = (text: string, width: number): string => ' '.repeat(Math.max(0, width - displayWidth(text))) + text

/** Breaks text into lines of at most `width` columns: at spaces, and between Chinese characters, but not before punctuation or a unit. */
export function wrap (text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const piece of text.replaceAll(UNIT_SPACE, GLUE).match(PIECES) ?? []) {
    if (line !== '' && displayWidth(line) + displayWidth(piece.trimEnd()) > width) {
      lines.push(line.trimEnd())
      line = ''
    }
    line += piece
  }
  return [...lines, line.trimEnd()].map((text) => text.replaceAll(GLUE, ' '))
}

/** Stands for the space of `24 GiB` while lines are broken. */
const GLUE = '\uE000'
const UNIT_SPACE = /(?<=\d) (?=[KMG]iB)/g

/** A word with the space behind it, or one wide character with the punctuation that must not start a line. */
const CLOSING = '。，、；：！？）》」』】…'
const PIECES = new RegExp(`[\\u2E80-\\u9FFF\\uF900-\\uFAFF\\uFF00-\\uFF60][${CLOSING}]*\\s*|[^\\s\\u2E80-\\u9FFF\\uF900-\\uFAFF\\uFF00-\\uFF60]+[${CLOSING}]*\\s*|\\s+`, 'gu')
