/** Why there is no value where the tool prints words instead. */
export type Absence = 'unsupported' | 'error' | 'lost' | 'permission' | 'deprecated'

const WORDS: readonly (readonly [RegExp, Absence])[] = [
  [/^(|-|n\/a|not supported|not available|not found|none|unknown|undefined)$/, 'unsupported'],
  [/^(err!|error|unknown error)$/, 'error'],
  [/^gpu is lost$/, 'lost'],
  [/^(insufficient permissions?|no permissions?)$/, 'permission'],
  [/^requested functionality has been deprecated$/, 'deprecated']
]

/** What a cell's words mean when it holds no value, with or without brackets; null when it does hold one. */
export function noNumber (text: string): Absence | null {
  const plain = text.trim().replace(/^\[(.*)\]$/, '$1').trim().toLowerCase()
  return WORDS.find(([pattern]) => pattern.test(plain))?.[1] ?? null
}
