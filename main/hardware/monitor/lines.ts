/** Far longer than any row; a longer line is not one. */
const LONGEST = 64 * 1024

/** Splits a stream into lines as they come. What never ends its line is dropped. */
export function lineReader (onLine: (line: string) => void): (chunk: Buffer) => void {
  const decoder = new TextDecoder()
  let rest = ''
  return (chunk) => {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop()!
    if (rest.length > LONGEST) rest = ''
    for (const line of lines) onLine(line.endsWith('\r') ? line.slice(0, -1) : line)
  }
}
