import type { Lengths, Method, Plan } from '#shared/plan/index.ts'
import { methodName } from '#shared/report/index.ts'
import type { Locale } from '#shared/units/index.ts'
import { formatValue } from '../../composables/formatValue.ts'
import type { Translate } from '../../i18n/index.ts'
import { resolve, type Field, type Option } from './field.ts'
import { applies, FIELDS } from './fields.ts'

/** The field at a path of the document, as this plan shows it. */
const fieldAt = (path: string, plan: Plan): Field | undefined =>
  FIELDS.find((field) => field.path === path && applies(field, plan)) ?? FIELDS.find((field) => field.path === path)

/** What the form calls a setting; its path where the form has no field for it. */
export function settingName (path: string, plan: Plan, t: Translate): string {
  if (path === 'method.kind') return t('field.method')
  const figure = /^data\.lengths\.(mean|p95|longest)$/.exec(path)?.[1] as keyof Lengths | undefined
  if (figure) return `${t('field.lengths')}: ${t(`lengths.${figure}`)}`
  const field = fieldAt(path, plan)
  return field ? t(field.label) : path
}

/** A setting's value in the form's words. `undefined`: what its absence means. */
export function settingText (path: string, value: unknown, plan: Plan, t: Translate, locale: Locale): string {
  if (path === 'method.kind') return methodName(value as Method['kind'], locale)
  const field = fieldAt(path, plan)
  const said = value ?? (field?.absent === undefined ? undefined : resolve(field.absent, plan))
  const named = ({ label }: Option) => typeof label === 'function' ? label(locale) : t(label)
  const options = field?.kind === 'choice' || field?.kind === 'several' ? resolve(field.options, plan) : []
  const word = (one: unknown): string => {
    const option = options.find((candidate) => candidate.value === String(one))
    return option ? named(option) : String(one)
  }
  if (said === undefined || said === null) return t('option.off')
  if (typeof said === 'boolean') return t(said ? 'option.on' : 'option.off')
  if (typeof said === 'number' && options.length === 0) return formatValue(said, locale)
  if (Array.isArray(said)) return said.length > 0 ? said.map(word).join(', ') : t('option.none')
  if (path === 'data.lengths') return Object.values(said as Lengths).map((n) => formatValue(n, locale)).join(' / ')
  return typeof said === 'object' ? JSON.stringify(said) : word(said)
}
