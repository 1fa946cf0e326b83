import type { Plan } from '#shared/plan/index.ts'
import { getAt, setAt } from '../../stores/immutable.ts'
import { ALGORITHM_FIELDS } from './algorithmFields.ts'
import { resolve, type Field, type SectionId } from './field.ts'
import { IMAGE_FIELDS } from './imageFields.ts'
import { METHOD_FIELDS } from './methodFields.ts'
import { MODEL_FIELDS } from './modelFields.ts'
import { OPTIMIZER_FIELDS } from './optimizerFields.ts'
import { PREFERENCE_FIELDS } from './preferenceFields.ts'
import { ROLE_FIELDS } from './roleFields.ts'
import { ROLLOUT_FIELDS } from './rolloutFields.ts'
import { BATCH_FIELDS, PRECISION_FIELDS, RUNTIME_FIELDS } from './runtimeFields.ts'

/*
 * The plan form as data: what each field is called, where it lives in the document, what it may be. The form, its errors
 * and its help are generated from this list.
 */

export const FIELDS: readonly Field[] = [
  ...ALGORITHM_FIELDS, ...MODEL_FIELDS, ...METHOD_FIELDS, ...PREFERENCE_FIELDS, ...ROLLOUT_FIELDS, ...ROLE_FIELDS,
  ...BATCH_FIELDS, ...IMAGE_FIELDS, ...RUNTIME_FIELDS, ...PRECISION_FIELDS, ...OPTIMIZER_FIELDS
]
export const SECTIONS: readonly SectionId[] = ['algorithm', 'model', 'method', 'preference', 'rollout', 'models', 'batch', 'runtime', 'precision', 'optimizer']

export const applies = (field: Field, plan: Plan): boolean => field.shown?.(plan) ?? true

/** The field that a problem belongs to: the one whose path is the longest beginning of the problem's. Null: of the plan as a whole. */
export function fieldOf (problemPath: string, fields: readonly Field[]): Field | null {
  const owners = fields.filter(({ path }) => problemPath === path || problemPath.startsWith(`${path}.`) || problemPath.startsWith(`${path}[`))
  return owners.reduce<Field | null>((best, next) => !best || next.path.length > best.path.length ? next : best, null)
}

/** What a field shows: the document's value, or what its absence means. */
export const valueOf = (field: Field, plan: Plan): unknown =>
  (field.read ? field.read(plan) : getAt(plan, field.path)) ?? (field.absent === undefined ? undefined : resolve(field.absent, plan))

/**
 * The plan with a field set. What means the same as its absence is left out, and so are optional settings that no longer apply: an
 * interval of checkpoints without checkpointing.
 */
export function withField (plan: Plan, field: Field, value: unknown): Plan {
  const isAbsence = field.absent !== undefined && resolve(field.absent, plan) === value
  const left = isAbsence || (field.kind === 'several' && field.emptyIsAbsent === true && Array.isArray(value) && value.length === 0)
  const written = field.write ? field.write(plan, left ? undefined : value) : setAt(plan, field.path, left ? undefined : value)
  return FIELDS.filter((one) => one.absent !== undefined && !one.write && !applies(one, written) && getAt(written, one.path) !== undefined)
    .filter((one) => !FIELDS.some((other) => other.path === one.path && applies(other, written)))
    .reduce((clean, { path }) => setAt(clean, path, undefined), written)
}
