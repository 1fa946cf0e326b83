import type { Database } from './driver.ts'

/** The name itself when no other scenario outside the trash has it, else `name (2)` and so on. */
export function freeName (db: Database, name: string, exceptId: string | null): string {
  const taken = db.prepare<[string, string | null]>('SELECT 1 FROM scenarios WHERE name = ? AND deleted_at IS NULL AND id IS NOT ?')
  const base = name.replace(/ \(\d+\)$/, '')
  let candidate = name
  for (let n = 2; taken.get(candidate, exceptId) !== undefined; n++) {
    const number = ` (${n})`
    candidate = base.slice(0, 200 - number.length) + number
  }
  return candidate
}
