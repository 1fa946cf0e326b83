import type { MlpType } from '../architecture.ts'
import type { ConfigFields } from './fields.ts'

/** `partial_rotary_factor` where a config may have it: in rope_parameters, beside it, or under an older name. */
export function rotaryFraction (c: ConfigFields, otherwise: number, olderName?: string): number {
  const inside = c.nested('rope_parameters').numberOr('partial_rotary_factor', null)
  return inside ?? c.numberOr('partial_rotary_factor', null) ?? (olderName ? c.numberOr(olderName, null) : null) ?? otherwise
}

/** The kind of an MLP of two layers by its activation. */
export function activationOf (c: ConfigFields, field: string, otherwise: MlpType): MlpType {
  const name = c.text(field)
  if (name === null) return otherwise
  if (name === 'relu' || name === 'relu2') return name
  if (name.startsWith('gelu')) return 'gelu'
  c.reject(field, name)
  return otherwise
}
