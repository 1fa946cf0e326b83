import { bounded } from './lines.ts'

/**
 * JSON among the lines of log that tools and injected libraries write before it. What is cut off is read as far as it goes:
 * whole members count, a member that is cut is dropped.
 */
export function readJson (written: string): { readonly value: unknown, readonly complete: boolean } | null {
  const text = bounded(written)
  for (const start of startsIn(text)) {
    const reader = new JsonReader(text, start)
    const value = reader.read()
    // A log line may begin with a bracket too.
    if (holdsObject(value)) return { value, complete: reader.complete }
  }
  return null
}

/** Brackets that begin a line, else the first. */
function startsIn (text: string): number[] {
  const starts: number[] = []
  const opening = /^[^\S\n]*[[{]/gm
  while (starts.length < MOST_STARTS && opening.exec(text) !== null) starts.push(opening.lastIndex - 1)
  const inline = text.search(/[[{]/)
  return inline < 0 ? starts : [...starts, inline]
}

const MOST_STARTS = 20
const MOST_DEPTH = 32

const holdsObject = (value: unknown): boolean => Array.isArray(value) ? value.some(holdsObject) : typeof value === 'object' && value !== null && Object.keys(value).length > 0

export type JsonObject = Readonly<Record<string, unknown>>

export const asObject = (value: unknown): JsonObject | null => typeof value === 'object' && value !== null && !Array.isArray(value) ? value as JsonObject : null
export const asArray = (value: unknown): readonly unknown[] => Array.isArray(value) ? value : []
/** The objects in a list. */
export const objectsIn = (value: unknown): JsonObject[] => asArray(value).map(asObject).filter((entry) => entry !== null)
export const asText = (value: unknown): string | null => typeof value === 'string' && value.trim() !== '' ? value.trim() : null

/** Reads one value and stops at the first thing that is not JSON. */
class JsonReader {
  complete = true
  readonly #text: string
  #at: number

  constructor (text: string, at: number) {
    this.#text = text
    this.#at = at
  }

  read (depth = 0): unknown {
    this.#skip()
    const first = this.#text[this.#at]
    if (first === '{' && depth < MOST_DEPTH) return this.#object(depth)
    if (first === '[' && depth < MOST_DEPTH) return this.#array(depth)
    return this.#scalar()
  }

  #object (depth: number): Record<string, unknown> {
    const members: Record<string, unknown> = Object.create(null) as Record<string, unknown>
    this.#at++
    while (this.complete && !this.#take('}')) {
      const key = this.read(MOST_DEPTH)
      if (typeof key !== 'string' || !this.#take(':')) return this.#broken(members)
      const value = this.read(depth + 1)
      if (value !== undefined) members[key] = value
      if (this.complete && !this.#take(',') && !this.#next('}')) return this.#broken(members)
    }
    return members
  }

  #array (depth: number): unknown[] {
    const items: unknown[] = []
    this.#at++
    while (this.complete && !this.#take(']')) {
      const value = this.read(depth + 1)
      if (value !== undefined) items.push(value)
      if (this.complete && !this.#take(',') && !this.#next(']')) return this.#broken(items)
    }
    return items
  }

  /** A string, number or word that something follows: at the very end it may be cut. */
  #scalar (): unknown {
    SCALAR.lastIndex = this.#at
    const match = SCALAR.exec(this.#text)
    if (match === null) return this.#broken(undefined)
    this.#at += match[0].length
    if (this.#at >= this.#text.length) return this.#broken(undefined)
    try {
      return JSON.parse(match[0]) as unknown
    } catch {
      return this.#broken(undefined)
    }
  }

  #broken<T> (value: T): T {
    this.complete = false
    return value
  }

  #take (character: string): boolean {
    if (!this.#next(character)) return false
    this.#at++
    return true
  }

  #next (character: string): boolean {
    this.#skip()
    return this.#text[this.#at] === character
  }

  #skip (): void {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at++
  }
}

const SCALAR = /"(?:[^"\\\n]|\\.)*"|-?\d[\d.eE+-]*|true|false|null/y
