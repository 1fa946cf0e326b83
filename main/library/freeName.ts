import type { Database } from './driver.ts'

/** Characters of a name. */
const LONGEST = 200

/** The name itself when no other scenario outside the trash has it, else `name (2)` and so on. */
export function freeName (db: Database, name: string, exceptId: string | null): string {
  const taken = db.prepare<[string, string | null]>('SELECT 1 FROM scenarios WHERE name = ? AND deleted_at IS NULL AND id IS NOT ?')
  return firstFree(name, candidate => taken.get(candidate, exceptId) !== undefined)
}

/** The name itself when it is not taken, else a numbered one, found in few steps however many are. */
export function firstFree (name: string, isTaken: (candidate: string) => boolean): string {
  if (!isTaken(name)) return name
  const base = name.replace(/ \(\d+\)$/, '')
  const numbered = (n: number): string => {
    const number = ` (${n})`
    return base.slice(0, LONGEST - number.length) + number
  }
  let [low, high] = [1, 2]
  while (isTaken(numbered(high))) [low, high] = [high, high * 2]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (isTaken(numbered(middle))) low = middle
    else high = middle
  }
  return numbered(high)
}
