import { LIMITS, type Plan } from '#shared/plan/index.ts'
import type { Locale } from '#shared/units/index.ts'
import type { NumberScale } from '../../composables/numberScale.ts'
import type { MessageKey } from '../../i18n/index.ts'

/* What a field of the plan form may be. */

export type SectionId = 'algorithm' | 'model' | 'method' | 'preference' | 'rollout' | 'models' | 'batch' | 'runtime' | 'precision' | 'optimizer'

/** The models of an algorithm, and what generates: a card each. */
export type RoleId = 'policy' | 'reference' | 'critic' | 'reward' | 'rollout'

/** The same for every plan, or decided by it. */
export type Of<T> = T | ((plan: Plan) => T)
export const resolve = <T extends object | string | number | boolean | undefined>(value: Of<T>, plan: Plan): T =>
  typeof value === 'function' ? value(plan) : value

interface FieldBase {
  /** Path in the plan document; also the field's identity. */
  readonly path: string
  readonly section: SectionId
  readonly label: MessageKey
  readonly help: MessageKey
  /** Folded away until asked for. */
  readonly advanced?: boolean
  /** What it means that the document does not have this field. Only for fields it may lack. */
  readonly absent?: Of<boolean | number | string>
  /** Absent: always. */
  readonly shown?: (plan: Plan) => boolean
  /** The card that it stands in. */
  readonly role?: RoleId
  /** Where the document has it, if not plainly at its path. */
  readonly read?: (plan: Plan) => unknown
  /** The plan with it set, where more than the path changes with it. */
  readonly write?: (plan: Plan, value: unknown) => Plan
}

export interface NumberField extends FieldBase {
  readonly kind: 'number'
  readonly scale: NumberScale
  readonly unit?: MessageKey
}

/** A number that may be left open: `open` in the document, a switch in the form. */
export interface OpenNumberField extends FieldBase {
  readonly kind: 'open-number'
  readonly scale: NumberScale
  readonly open: null | undefined
  /** What it becomes when it is switched on. */
  readonly start: Of<number>
  readonly unit?: MessageKey
}

export interface Option {
  readonly value: string
  /** A sentence of the workbench, or a name that the engine's vocabulary has. */
  readonly label: MessageKey | ((locale: Locale) => string)
}

export interface ChoiceField extends FieldBase {
  readonly kind: 'choice'
  readonly options: Of<readonly Option[]>
  /** segments: all options in sight; menu: where their names are long. */
  readonly look: 'segments' | 'menu'
  /** The document has a number. */
  readonly numeric?: boolean
}

/** Fields with a form of their own. */
interface PlainField<K extends string> extends FieldBase { readonly kind: K }

/** Any number of options at once: a list in the document. */
export interface SeveralField extends FieldBase {
  readonly kind: 'several'
  /** An empty list is left out of the document. */
  readonly emptyIsAbsent?: boolean
  readonly options: Of<readonly Option[]>
}

/** Numbers of single modules, by name. */
export interface PatternField extends FieldBase {
  readonly kind: 'pattern'
  readonly scale: NumberScale
  readonly start: (plan: Plan) => number
}

export type Field = NumberField | OpenNumberField | ChoiceField | SeveralField | PatternField
  | PlainField<'flag'> | PlainField<'model'> | PlainField<'role-model'> | PlainField<'algorithm'> | PlainField<'method'> | PlainField<'targets'> | PlainField<'lengths'>

export const log2 = (soft: readonly [number, number], limits: { readonly min: number, readonly max: number }): NumberScale =>
  ({ kind: 'log2', soft, hard: [limits.min, limits.max], step: 1, whole: true })
export const linear = (soft: readonly [number, number], hard: readonly [number, number], step: number): NumberScale =>
  ({ kind: 'linear', soft, hard, step, whole: Number.isInteger(step) })

export const RANK = log2([1, 256], LIMITS.rank)
export const ALPHA: NumberScale = { kind: 'log2', soft: [1, 512], hard: [0, 1_000_000], step: 1, whole: false }

export const FLOATS: readonly Option[] = [
  { value: 'fp32', label: 'option.fp32' },
  { value: 'bf16', label: 'option.bf16' },
  { value: 'fp16', label: 'option.fp16' }
]
