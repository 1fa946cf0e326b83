import { describeRefusal, type DeviceVerdict, type Verdict } from '#shared/fit/index.ts'
import { bytes, formatGib, type Locale } from '#shared/units/index.ts'
import type { Translate } from '../../i18n/index.ts'
import { decisive } from '../../stores/judgeEach.ts'

const amount = (value: number, locale: Locale) => formatGib(bytes(Math.abs(value)), locale, 1)

/** The verdict in words. */
export function verdictSentence (verdict: Verdict, t: Translate, locale: Locale): string {
  const device = decisive(verdict)
  const values = {
    gpu: device.device.name,
    margin: amount(device.margin, locale),
    reserve: amount(device.reserve, locale),
    count: verdict.devices.length
  }
  if (verdict.outcome === 'fits') return t('verdict.fits', values)
  if (verdict.outcome === 'tight') return t(device.margin >= device.reserve ? 'verdict.tightUncertain' : 'verdict.tight', values)
  if (verdict.outcome === 'unsupported') return t('verdict.unsupported', { reason: describeRefusal(device.refusals[0]!, device.device, locale) })
  return t(verdict.devices.length > 1 ? 'verdict.noneFits' : 'verdict.doesNotFit', values)
}

/** What one card says, short enough for a column. */
export function marginText (device: DeviceVerdict, t: Translate, locale: Locale): string {
  return t(device.margin < 0 ? 'device.short' : 'device.spare', { margin: amount(device.margin, locale) })
}
