/**
 * The words of a name or a query, lower case: `Qwen2.5-7B` and `ｑｗｅｎ２．５ 7b` are both qwen, 2.5, 7b. A word of two or more
 * letters is parted from the number after it; `v3`, `8x7b` and `a100` stay whole, and so do decimals.
 */
export function tokens (text: string): string[] {
  return normalize(text).match(/\d+(?:\.\d+)+[\p{L}\d]*|\p{L}{2,}(?=\d)|[\p{L}\d]+(?:(?<=\d)\.\d+[\p{L}\d]*)?/gu) ?? []
}

/** Lower case, with full-width characters and odd spaces made plain. */
export const normalize = (text: string): string => text.normalize('NFKC').toLowerCase().trim()
