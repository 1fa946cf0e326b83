import { judge, type DeviceVerdict, type Target, type TargetDevice, type Verdict } from '#shared/fit/index.ts'
import type { Estimate } from '#shared/memory/index.ts'

/** The verdict where each card has an estimate of its own. Null without cards. */
export function judgeEach (estimateOn: (device: TargetDevice) => Estimate, target: Target): Verdict | null {
  const single = target.devices.map((device) => judge(estimateOn(device), { ...target, devices: [device] })!)
  if (single.length === 0) return null
  const outcome = (['fits', 'tight', 'does-not-fit'] as const).find((one) => single.some((verdict) => verdict.outcome === one))!
  return { outcome, devices: single.flatMap((verdict) => verdict.devices) }
}

/** The card that the sentence and the figures are about: of those with the best outcome the one with the least to spare, or the nearest miss. */
export function decisive (verdict: Verdict): DeviceVerdict {
  const best = verdict.devices.filter((device) => device.outcome === verdict.outcome)
  const order = verdict.outcome === 'does-not-fit' ? -1 : 1
  return best.reduce((chosen, next) => order * (next.margin - chosen.margin) < 0 ? next : chosen)
}
