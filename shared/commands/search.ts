/**
 * How well a text answers what was typed: 0 for not at all. The letters have to occur in order; letters side by side, at the
 * beginnings of words and of the text count more, gaps cost. Case and accents do not matter; words may come in any order. Not `loose`: without gaps only.
 */
export function matchScore (query: string, text: string, loose = true): number {
  const words = fold(query).split(/\s+/).filter(Boolean)
  if (words.length === 0) return 1
  const folded = fold(text)
  let total = 0
  for (const word of words) {
    const score = wordScore(word, folded, loose)
    if (score === 0) return 0
    total += score
  }
  return total / words.length
}

const fold = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
const isWordStart = (text: string, at: number): boolean => at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1]!)

function wordScore (word: string, text: string, loose: boolean): number {
  const whole = text.indexOf(word)
  if (whole === 0) return 1
  if (whole > 0) {
    for (let at = whole; at >= 0; at = text.indexOf(word, at + 1)) if (isWordStart(text, at)) return 0.9
    return 0.7
  }
  return loose ? scattered(word, text) : 0
}

/** Letters in order with gaps: the beginnings of words first, as in `sas` for “Save as”. */
function scattered (word: string, text: string): number {
  if (word.length < 2) return 0
  let at = -1
  let starts = 0
  let near = 0
  for (const letter of word) {
    const next = nextPlace(letter, text, at)
    if (next < 0) return 0
    if (isWordStart(text, next)) starts++
    else if (next === at + 1) near++
    at = next
  }
  const share = (starts + near) / word.length
  return share < 0.75 || starts === 0 ? 0 : 0.3 + 0.3 * share
}

/** The letter right after the last one, else at the next beginning of a word, else the next of all. */
function nextPlace (letter: string, text: string, after: number): number {
  if (text[after + 1] === letter && after >= 0) return after + 1
  const first = text.indexOf(letter, after + 1)
  for (let at = first; at >= 0; at = text.indexOf(letter, at + 1)) if (isWordStart(text, at)) return at
  return first
}

export interface Ranked<T> {
  readonly item: T
  readonly score: number
}

/** What matches, best first; equals keep their order. `texts`: names first, other words after: a match in those counts half. */
export function rank<T> (items: readonly T[], query: string, texts: (item: T) => { readonly title: string, readonly also?: string }): readonly Ranked<T>[] {
  return items
    .map((item) => {
      const { title, also = '' } = texts(item)
      const score = Math.max(matchScore(query, title), matchScore(query, `${title} ${also}`, false) * 0.5)
      return { item, score }
    })
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => b.score - a.score)
}
