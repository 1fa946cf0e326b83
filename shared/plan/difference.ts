/** One field of a plan that differs: its path in the document and both values; undefined where the field is absent. */
export interface PlanChange {
  readonly path: string
  readonly from: unknown
  readonly to: unknown
}

/** The fields in which two documents differ, in the order of the first; lists count as one field. */
export function differences (from: unknown, to: unknown, path = ''): PlanChange[] {
  if (Object.is(from, to)) return []
  if (!isRecord(from) || !isRecord(to)) return JSON.stringify(from) === JSON.stringify(to) ? [] : [{ path, from, to }]
  const keys = new Set([...Object.keys(from), ...Object.keys(to)])
  return [...keys].flatMap((key) => differences(from[key], to[key], path === '' ? key : `${path}.${key}`))
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
