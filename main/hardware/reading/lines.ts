/** No answer has more, and no line that means anything is longer: what goes beyond is not looked at, so that no output can keep the app busy. */
const MOST_CHARACTERS = 2 * 1024 ** 2
const LONGEST_LINE = 1000
const MOST_LINES = 20_000

/** The lines of a tool's answer without the colours that some print even into a pipe. */
export const linesOf = (text: string): string[] =>
  bounded(text).replaceAll(/\u001B\[[0-9;]*[A-Za-z]/g, '').split(/\r\n|\r|\n/, MOST_LINES).map((line) => line.length > LONGEST_LINE ? '' : line)

export const bounded = (text: string): string => text.slice(0, MOST_CHARACTERS)

/** The first groups of every line that matches. */
export const matchLines = (text: string, pattern: RegExp): string[][] => linesOf(text).flatMap((line) => {
  const match = pattern.exec(line)
  return match === null ? [] : [match.slice(1) as string[]]
})
