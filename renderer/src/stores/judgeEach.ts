import type { DeviceVerdict, Verdict } from '#shared/fit/index.ts'

export { judgeEach } from '#shared/fit/index.ts'

/** The card that the sentence and the figures are about: of those with the best outcome the one with the least to spare, or the nearest miss. */
export function decisive (verdict: Verdict): DeviceVerdict {
  const best = verdict.devices.filter((device) => device.outcome === verdict.outcome)
  const order = verdict.outcome === 'does-not-fit' ? -1 : 1
  return best.reduce((chosen, next) => order * (next.margin - chosen.margin) < 0 ? next : chosen)
}
