import { similarity } from './similarity.ts'

/** What a thing is called: by names of its own, and by those of things that are the same. */
export interface Searchable {
  readonly names: readonly string[]
  readonly otherNames: readonly string[]
}

interface IndexedName {
  readonly item: number
  readonly words: readonly number[]
  readonly own: boolean
}

const OTHER_NAME_PENALTY = 0.05
const WHOLE_NAME_BONUS = 0.1

/**
 * A search over names, word by word. Build it once: every different word gets a number, so that a query compares each of its
 * words with each known word a single time.
 */
export class SearchIndex {
  readonly #tokenize: (text: string) => readonly string[]
  readonly #vocabulary: readonly string[]
  readonly #names: readonly IndexedName[]

  constructor (items: readonly Searchable[], tokenize: (text: string) => readonly string[]) {
    const numbers = new Map<string, number>()
    const numberOf = (word: string) => {
      const number = numbers.get(word) ?? numbers.size
      numbers.set(word, number)
      return number
    }
    const indexed = (item: number, own: boolean) => (name: string): IndexedName => ({ item, own, words: tokenize(name).map(numberOf) })
    this.#names = items.flatMap(({ names, otherNames }, item) => [...names.map(indexed(item, true)), ...otherNames.map(indexed(item, false))])
    this.#vocabulary = [...numbers.keys()]
    this.#tokenize = tokenize
  }

  /**
   * Positions of the items that the query means, best first, in their given order where equally good. Items must match as
   * many words of the query as the best one does, and at least half of them. Null when the query has no words.
   */
  search (query: string): readonly number[] | null {
    const words = this.#tokenize(query)
    if (words.length === 0) return null
    const likeness = words.map((word) => Float64Array.from(this.#vocabulary, (known) => similarity(word, known)))
    const best = new Map<number, { matched: number, score: number }>()
    let most = Math.ceil(words.length / 2)
    for (const name of this.#names) {
      const found = rate(name, likeness)
      if (found.matched < most) continue
      most = found.matched
      const known = best.get(name.item)
      if (!known || found.matched > known.matched || found.score > known.score) best.set(name.item, found)
    }
    return [...best]
      .filter(([, { matched }]) => matched === most)
      .sort(([a, { score: x }], [b, { score: y }]) => y - x || a - b)
      .map(([item]) => item)
  }
}

function rate ({ words, own }: IndexedName, likeness: readonly Float64Array[]): { matched: number, score: number } {
  let matched = 0
  let sum = 0
  for (const like of likeness) {
    let top = 0
    for (const word of words) top = Math.max(top, like[word]!)
    if (top > 0) matched++
    sum += top
  }
  const wholeName = words.length === likeness.length && sum === likeness.length
  const score = sum / likeness.length - (own ? 0 : OTHER_NAME_PENALTY) + (wholeName ? WHOLE_NAME_BONUS : 0)
  return { matched, score: Math.round(score * 1e6) / 1e6 }
}
