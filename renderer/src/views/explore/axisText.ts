import { anyAxisName, UNQUANTIZED, type Axis, type AxisValue } from '#shared/advice/index.ts'
import { findModel } from '#shared/catalog/index.ts'
import type { Method, Plan, Quantization } from '#shared/plan/index.ts'
import { methodName, optimizerName, quantizationName } from '#shared/report/index.ts'
import { formatCount, formatPercent, type Locale } from '#shared/units/index.ts'
import { sentenceCase } from '../../composables/formatValue.ts'
import type { Translate } from '../../i18n/index.ts'

export const axisText = (axis: Axis, locale: Locale): string => anyAxisName(axis.id, locale)

/** A value in full: `2,048`, `Llama 3.1 8B`. */
export function valueText (axis: Axis, value: AxisValue, t: Translate, locale: Locale): string {
  switch (axis.id) {
    case 'engineShare': return formatPercent(Number(value), locale)
    case 'model': return findModel(String(value))?.displayName ?? String(value)
    case 'method': return sentenceCase(methodName(value as Method['kind'], locale))
    case 'quantization': return value === UNQUANTIZED ? t('option.none') : quantizationName(value as Quantization['type'], locale)
    case 'optimizer': return sentenceCase(optimizerName(value as Plan['optimizer']['kind'], locale))
    case 'checkpointing': return value === 'none' ? t('option.off') : t(value === 'reentrant' ? 'option.reentrant' : 'option.nonReentrant')
    default: return formatCount(Number(value), locale)
  }
}

/** As people write it, and as it reads back: `2k`. */
export function shortValue (axis: Axis, value: AxisValue, t: Translate, locale: Locale): string {
  if (axis.kind === 'choice' || axis.id === 'engineShare') return valueText(axis, value, t, locale)
  return kilo(Number(value)) ?? valueText(axis, value, t, locale)
}

const kilo = (value: number): string | null => value >= 1024 && value % 1024 === 0 ? `${value / 1024}k` : null

/** A list of numbers as it is typed. */
export const listText = (values: readonly AxisValue[]): string => values.map((value) => kilo(Number(value)) ?? String(value)).join(', ')
