import type * as v from 'valibot'
import { nearest } from '../text/nearest.ts'
import type { PlanProblem } from './problem.ts'
import { PlanSchema } from './schema.ts'

type Issue = v.BaseIssue<unknown>

/** Valibot's issues as plan problems: a field path and something a reader can act on. */
export function toProblems (issues: readonly Issue[]): PlanProblem[] {
  return issues.flatMap((issue) => toProblem(issue, []))
}

function toProblem (issue: Issue, parent: readonly PropertyKey[]): PlanProblem[] {
  const keys = [...parent, ...(issue.path ?? []).map((item) => item.key as PropertyKey)]
  const path = formatPath(keys)
  // A union reports every branch; the branch that failed deepest is the one that was meant.
  if (issue.type === 'union' && issue.issues) {
    const deepest = Math.max(...issue.issues.map((i) => i.path?.length ?? 0))
    if (deepest > 0) {
      const meant = issue.issues.filter((i) => (i.path?.length ?? 0) === deepest && i.received !== 'undefined')
      const chosen = meant.length > 0 ? meant : issue.issues.slice(0, 1)
      return chosen.slice(0, 1).flatMap((i) => toProblem(i, keys))
    }
  }
  const found = show(issue.input)
  switch (issue.type) {
    case 'strict_object':
    case 'variant':
      if (issue.expected === 'never') {
        const name = String(keys.at(-1))
        const suggestion = nearest(name, fieldNames())
        if (suggestion === name) return [{ path, code: 'misplaced-field', values: { parent: formatPath(keys.slice(0, -1)) || 'plan' } }]
        return [{ path, code: 'unknown-field', values: { suggestion: suggestion ? ` (${suggestion}?)` : '' } }]
      }
      if (issue.received === 'undefined') return [{ path, code: 'missing', values: { expected: issue.type === 'variant' ? `: ${expectation(issue)}` : '' } }]
      return [{ path, code: issue.type === 'variant' ? 'not-an-option' : 'wrong-type', values: { expected: expectation(issue), found } }]
    case 'picklist':
    case 'literal':
      return [{ path, code: 'not-an-option', values: { expected: expectation(issue), found } }]
    case 'integer':
      return [{ path, code: 'not-whole', values: { found } }]
    case 'min_value':
      return [{ path, code: 'too-small', values: { found: numeral(issue.input, found), min: numeral(requirement(issue), '') } }]
    case 'max_value':
      return [{ path, code: 'too-large', values: { found: numeral(issue.input, found), max: numeral(requirement(issue), '') } }]
    default:
      return [{ path, code: 'wrong-type', values: { expected: expectation(issue), found } }]
  }
}

/** Valibot's names of types as the kinds that `describeProblem` puts into words. */
const KINDS: Readonly<Record<string, string>> = { Object: '@object', Array: '@list', number: '@number', string: '@text', boolean: '@boolean', '!0': '@not-empty', '>=1': '@not-empty' }

/** A number stays one, so that it is printed with group separators. */
const numeral = (value: unknown, otherwise: string): string | number => typeof value === 'number' ? value : otherwise

const requirement = (issue: Issue): unknown => (issue as Issue & { requirement?: unknown }).requirement

function expectation (issue: Issue): string {
  const raw = issue.expected ?? ''
  return KINDS[raw] ?? raw.replace(/^\((.*)\)$/, '$1').replaceAll(' | ', ', ').replace('Array', '["q_proj", …]')
}

/** A value as it stood in the file, short enough for a sentence. */
function show (value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

/** `method.targets[2]` */
function formatPath (keys: readonly PropertyKey[]): string {
  return keys.reduce<string>((path, key) => typeof key === 'number' ? `${path}[${key}]` : path ? `${path}.${String(key)}` : String(key), '')
}

let names: Set<string> | null = null

/** Every field name of the document, for suggestions. Read off the schema, so it cannot fall behind. */
function fieldNames (): Set<string> {
  if (!names) {
    names = new Set()
    collect(PlanSchema, names)
  }
  return names
}

interface SchemaLike { entries?: Record<string, unknown>, options?: readonly unknown[], wrapped?: unknown, pipe?: readonly unknown[] }

function collect (schema: unknown, into: Set<string>): void {
  if (typeof schema !== 'object' || schema === null) return
  const { entries, options, wrapped } = schema as SchemaLike
  for (const [name, child] of Object.entries(entries ?? {})) {
    into.add(name)
    collect(child, into)
  }
  for (const option of options ?? []) collect(option, into)
  collect(wrapped, into)
}
