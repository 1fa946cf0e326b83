import * as v from 'valibot'
import { SavedTargetSchema, ScenarioIdSchema, type SavedTarget } from '#shared/contract/index.ts'
import { PlanSchema, type Plan } from '#shared/plan/index.ts'
import { readPreference, writePreference } from '../host/preferences.ts'

/** One column of the comparison, as it is remembered. */
export type Column =
  | { readonly kind: 'open', readonly key: 'open' }
  /** `name`: as last read, to say which it was when it is gone. */
  | { readonly kind: 'scenario', readonly key: string, readonly name: string }
  /** A plan that is in no library. While it is open in the plan view it follows what is changed there. */
  | WhatIf

export interface WhatIf {
  readonly kind: 'what-if'
  readonly key: string
  readonly name: string
  readonly plan: Plan
  readonly target: SavedTarget
}

export interface Comparison {
  readonly columns: readonly Column[]
  /** Key of the column that the others are measured against. */
  readonly baseline: string
  readonly differencesOnly: boolean
  readonly folded: readonly string[]
}

export const OPEN = { kind: 'open', key: 'open' } as const
const EMPTY: Comparison = { columns: [OPEN], baseline: 'open', differencesOnly: false, folded: [] }

const text = v.pipe(v.string(), v.maxLength(1000))
const ColumnSchema = v.variant('kind', [
  v.strictObject({ kind: v.literal('open'), key: v.literal('open') }),
  v.strictObject({ kind: v.literal('scenario'), key: ScenarioIdSchema, name: text }),
  v.strictObject({ kind: v.literal('what-if'), key: text, name: text, plan: PlanSchema, target: SavedTargetSchema })
])
const ComparisonSchema = v.object({ columns: v.array(v.unknown()), baseline: text, differencesOnly: v.boolean(), folded: v.array(text) })

/** Reads what `describeComparison` wrote; columns that this version cannot read are left out. */
export function parseComparison (json: string | null): Comparison {
  const read = v.safeParse(ComparisonSchema, parse(json))
  if (!read.success) return EMPTY
  const columns = read.output.columns.flatMap((column) => {
    const parsed = v.safeParse(ColumnSchema, column)
    return parsed.success ? [parsed.output as Column] : []
  })
  return { ...read.output, columns: columns.filter(({ key }, i) => columns.findIndex((other) => other.key === key) === i) }
}

function parse (json: string | null): unknown {
  try {
    return json === null ? null : JSON.parse(json)
  } catch {
    return null
  }
}

const NAME = 'compare'

/** Each window has a comparison of its own; a new one begins with the last of any. */
export function recallComparison (): Comparison {
  return parseComparison(ofWindow() ?? readPreference(NAME))
}

export function rememberComparison (comparison: Comparison): void {
  const json = JSON.stringify(comparison)
  writePreference(NAME, json)
  try {
    sessionStorage.setItem(`headroom.${NAME}`, json)
  } catch {
    // Storage is full or refused: the comparison still holds until the window closes.
  }
}

function ofWindow (): string | null {
  try {
    return sessionStorage.getItem(`headroom.${NAME}`)
  } catch {
    return null
  }
}

/** `name`, or with the first number that no other column has. */
export function freeName (name: string, columns: readonly Column[]): string {
  const taken = new Set(columns.map((column) => 'name' in column ? column.name : ''))
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? name : `${name} (${number})`
    if (!taken.has(candidate)) return candidate
  }
}
