import type { SweepAxis } from '#shared/advice/index.ts'
import { parseCount } from '#shared/units/index.ts'

/** As many as a screen shows and a worker computes at once. */
export const MOST_VALUES = 32

export type ListProblem =
  | { readonly code: 'notNumber', readonly found: string }
  | { readonly code: 'outside', readonly found: string, readonly min: number, readonly max: number }
  | { readonly code: 'notWhole', readonly found: string }
  | { readonly code: 'tooMany', readonly found: number, readonly max: number }
  | { readonly code: 'empty' }

/** Reads `1, 2, 4*8, 32k`: ascending, each once. Only the first problem is told. */
export function parseValues (text: string, { range: { min, max } }: SweepAxis): { readonly values: readonly number[] } | { readonly problem: ListProblem } {
  const words = text.split(/[,，、;；\s]+/).filter((word) => word !== '')
  if (words.length === 0) return { problem: { code: 'empty' } }
  const values: number[] = []
  for (const found of words) {
    const value = parseCount(found)
    if (value === null) return { problem: { code: 'notNumber', found } }
    if (value < min || value > max) return { problem: { code: 'outside', found, min, max } }
    // A range of shares ends at one; all others count things.
    if (max > 1 && !Number.isInteger(value)) return { problem: { code: 'notWhole', found } }
    values.push(value)
  }
  const unique = [...new Set(values)].sort((a, b) => a - b)
  return unique.length > MOST_VALUES ? { problem: { code: 'tooMany', found: unique.length, max: MOST_VALUES } } : { values: unique }
}
