import { estimateTypical, type Estimate, type EstimateOptions } from '../memory/index.ts'
import { bytes, formatCount, formatGib, formatPercent, type Locale } from '../units/index.ts'

/** What a typical batch takes beside the longest one, which the estimate is of; null where all batches are alike. */
export function describeTypical (estimate: Estimate, locale: Locale, options: EstimateOptions = {}): string | null {
  const found = estimateTypical(estimate.plan, options)
  if (!found) return null
  const { batch: { longest, typical, paddingShare } } = found
  const most = estimate.total.expected
  const usual = formatGib(bytes(Math.min(most, found.estimate.total.expected)), locale, 1)
  const padding = paddingShare >= 0.005 ? formatPercent(paddingShare, locale) : null
  return locale === 'zh'
    ? `典型批次约 ${usual}（每行 ${formatCount(typical, locale)} 词元${padding ? `，其中 ${padding} 为填充` : ''}）；最长批次 ${formatGib(most, locale, 1)}（${formatCount(longest, locale)} 词元），能否跑完由它决定。`
    : `A typical batch takes about ${usual} (rows of ${formatCount(typical, locale)} tokens${padding ? `, ${padding} of them padding` : ''}); the longest takes ${formatGib(most, locale, 1)} (${formatCount(longest, locale)} tokens), and decides.`
}
