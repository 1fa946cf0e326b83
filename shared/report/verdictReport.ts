import type { DeviceVerdict, Outcome, Verdict } from '../fit/index.ts'
import { bytes, formatGib, formatPercent, type Locale } from '../units/index.ts'
import { categoryName, outcomeName } from './names.ts'
import { plain, type ReportOptions, type Tone } from './paint.ts'
import { wrap } from './width.ts'

const TONES: Readonly<Record<Outcome, Tone>> = { 'fits': 'good', 'tight': 'warn', 'does-not-fit': 'bad' }
const SIGNS: Readonly<Record<Outcome, string>> = { 'fits': '✓', 'tight': '!', 'does-not-fit': '✗' }

/** A verdict as lines of text: a headline per GPU and a sentence that says by how much and why. */
export function reportVerdict (verdict: Verdict, { locale, paint = plain, width = 100 }: ReportOptions): string[] {
  return verdict.devices.flatMap((device) => {
    const { outcome } = device
    const headline = paint(TONES[outcome], `${SIGNS[outcome]} ${device.device.name}: ${outcomeName(outcome, locale)}`)
    return [headline, ...wrap(explainVerdict(device, locale), width - 2).map((line) => `  ${line}`)]
  })
}

/** One sentence or two: need against what is available, the margin, and what holds most of it. */
export function explainVerdict (verdict: DeviceVerdict, locale: Locale): string {
  const { need, available, margin, dominant } = verdict
  const gib = (b: number): string => formatGib(bytes(b), locale)
  const share = formatPercent(dominant.share, locale)
  const category = categoryName(dominant.category, locale)
  const balance = margin >= 0
    ? locale === 'zh' ? `剩余 ${gib(margin)}` : `${gib(margin)} stay free`
    : locale === 'zh' ? `缺少 ${gib(-margin)}` : `${gib(-margin)} are missing`
  const main = locale === 'zh'
    ? `需要 ${gib(need.expected)}，可用 ${gib(available)}，${balance}${reserveClause(verdict, locale)}。`
    : `Needs ${gib(need.expected)} of ${gib(available)} available: ${balance}${reserveClause(verdict, locale)}.`
  const largest = locale === 'zh' ? `占用最多的是${category}：${gib(dominant.bytes)}（${share}）。` : `Largest part: ${category}, ${gib(dominant.bytes)} (${share}).`
  return locale === 'zh' ? `${main}${largest}` : `${main} ${largest}`
}

/** Why a tight run is tight, or that the reserve is kept. */
function reserveClause ({ outcome, need, available, reserve, margin }: DeviceVerdict, locale: Locale): string {
  if (outcome === 'does-not-fit') return ''
  const kept = formatGib(reserve, locale)
  if (outcome === 'fits') return locale === 'zh' ? `，高于应保留的 ${kept}` : `, more than the ${kept} to be kept free`
  if (need.high > available) {
    return locale === 'zh' ? `，但估计区间的上限 ${formatGib(need.high, locale)} 会超出` : `, but the upper end of the estimate, ${formatGib(need.high, locale)}, would not fit`
  }
  return margin < reserve
    ? locale === 'zh' ? `，低于应保留的 ${kept}` : `, less than the ${kept} to be kept free`
    : ''
}
