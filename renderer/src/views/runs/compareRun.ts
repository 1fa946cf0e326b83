import { bytes, formatGib, formatPercent, type Locale } from '#shared/units/index.ts'
import type { Translate } from '../../i18n/index.ts'

export interface Predicted { readonly expected: number, readonly low: number, readonly high: number }

export type RunAgreement = 'within' | 'above' | 'below'

/** Whether the peak lies in the interval that was predicted. */
export const agreementOf = (peak: number, { low, high }: Predicted): RunAgreement => peak > high ? 'above' : peak < low ? 'below' : 'within'

/** How far the peak is from what was expected, signed: `+1.2 GiB, +3.1%`. */
export function differenceText (peak: number, { expected }: Predicted, locale: Locale): string {
  const difference = peak - expected
  const sign = difference < 0 ? '−' : '+'
  return `${sign}${formatGib(bytes(Math.abs(difference)), locale, 1)}, ${sign}${formatPercent(Math.abs(difference) / expected, locale, 1)}`
}

export const intervalText = ({ low, high }: Predicted, t: Translate, locale: Locale): string =>
  t('figure.range', { low: formatGib(bytes(low), locale, 1), high: formatGib(bytes(high), locale, 1) })
