import type { Database } from './driver.ts'
import type { Condition } from './query.ts'

/** The index holds three characters at a time. */
const TRIGRAM = 3

/** A shorter word is looked for as every trigram that begins with it, unless those are more, or occur more often, than is worth it. */
const CONTINUATIONS = 400
const OCCURRENCES = 150_000

export interface Search {
  /** For FTS5's MATCH; null when nothing is to be matched. */
  readonly match: string | null
  /** Words that the index cannot narrow down: so short that much contains them. */
  readonly likes: readonly Condition[]
  /** The same for every word, to try one scenario after the other; null where that could miss one. */
  readonly walk: readonly Condition[] | null
}

/** What must hold of a scenario's texts so that every word occurs in one of them. */
export function searchFor (db: Database, text: string): Search {
  const words = [...new Set(text.replaceAll(/\p{Cc}/gu, ' ').trim().split(/\s+/).filter(word => word !== ''))]
  const terms = words.map(word => [...word].length < TRIGRAM ? trigramsFrom(db, word) : [word])
  const matched = terms.filter(list => list !== null)
  return {
    match: matched.length === 0 ? null : matched.map(list => list.length === 0 ? NOTHING : `(${list.map(quoted).join(' OR ')})`).join(' AND '),
    likes: words.filter((_, n) => terms[n] === null).map(like),
    walk: words.every(foldsAlike) ? words.map(like) : null
  }
}

/** Control characters are never looked for, so nothing contains them. */
const NOTHING = '"\u0001\u0001\u0001"'

/** A string of FTS5's own syntax: what the user types is never an operator. */
const quoted = (word: string): string => `"${word.replaceAll('"', '""')}"`

/** The trigrams in use that begin with a word of one or two characters; null when they are too many to be worth it. */
function trigramsFrom (db: Database, word: string): string[] | null {
  const from = word.toLowerCase()
  db.exec("CREATE VIRTUAL TABLE IF NOT EXISTS temp.trigrams USING fts5vocab ('main', 'scenario_text', 'row')")
  const found = db.prepare<[string, string], { term: string, doc: number }>(`SELECT term, doc FROM temp.trigrams WHERE term >= ? AND term < ? LIMIT ${CONTINUATIONS + 1}`).all(from, `${from}\u{10FFFF}`)
  const occurrences = found.reduce((sum, { doc }) => sum + doc, 0)
  return found.length > CONTINUATIONS || occurrences > OCCURRENCES ? null : found.map(({ term }) => term)
}

/** LIKE takes upper and lower case for the same in ASCII only, the index in every script. */
const foldsAlike = (word: string): boolean => [...word].every(letter => letter < '\u0080' || letter.toLowerCase() === letter.toUpperCase())

const TEXTS = ['name', 'notes', 'model', 'method', 'algorithm']

function like (word: string): Condition {
  const pattern = `%${word.replaceAll(/[\\%_]/g, character => `\\${character}`)}%`
  // What JSON writes around and inside tags is no part of them.
  const tags = /["\\[\],]/.test(word) ? `EXISTS (SELECT 1 FROM json_each(scenarios.tags) WHERE value LIKE ? ESCAPE '\\')` : `scenarios.tags LIKE ? ESCAPE '\\'`
  return { sql: `(${[...TEXTS.map(column => `scenarios.${column} LIKE ? ESCAPE '\\'`), tags].join(' OR ')})`, values: Array<string>(TEXTS.length + 1).fill(pattern) }
}
