type Key = string
const keys = (path: string): Key[] => path.split('.')

/** The value at `data.sequenceLength`, undefined where a step is missing. */
export function getAt (root: unknown, path: string): unknown {
  return keys(path).reduce<unknown>((at, key) => (at as Record<Key, unknown> | undefined)?.[key], root)
}

/** A copy of `root` in which only the path to `value` is new; undefined takes the field out. */
export function setAt<T> (root: T, path: string, value: unknown): T {
  const [first, ...rest] = keys(path)
  const record = root as Record<Key, unknown>
  const next = rest.length === 0 ? value : setAt(record[first!] ?? {}, rest.join('.'), value)
  if (next !== undefined) return { ...record, [first!]: next } as T
  const { [first!]: _, ...others } = record
  return others as T
}

/** Whether two JSON values say the same, whatever the order of their fields. */
export function sameJson (a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const left = Object.keys(a)
  return left.length === Object.keys(b).length && left.every((key) =>
    Object.hasOwn(b, key) && sameJson((a as Record<Key, unknown>)[key], (b as Record<Key, unknown>)[key]))
}
