/** What a fallible pure function returns: a value, or every problem found (never only the first). */
export type Result<T, P> =
  | { readonly ok: true, readonly value: T }
  | { readonly ok: false, readonly problems: readonly P[] }

export const ok = <T>(value: T): { readonly ok: true, readonly value: T } => ({ ok: true, value })
export const failed = <P>(problems: readonly P[]): { readonly ok: false, readonly problems: readonly P[] } => ({ ok: false, problems })
