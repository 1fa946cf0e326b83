/** `0000:01:00.0` and `00000000:01:00.0` name the same place; the long form is kept, in lower case. Null for anything else (some people mask theirs). */
export function busId (text: string | null | undefined): string | null {
  const match = /^(?:([0-9a-f]{4,8}):)?([0-9a-f]{2}:[0-9a-f]{2}\.[0-7])$/i.exec(text?.trim() ?? '')
  return match === null ? null : `${(match[1] ?? '').padStart(8, '0')}:${match[2]!}`.toLowerCase()
}

/** Without the function, which tells the partitions of one card apart. */
export const cardOf = (id: string): string => id.slice(0, id.lastIndexOf('.'))

export const functionOf = (id: string): number => Number(id.slice(id.lastIndexOf('.') + 1))
