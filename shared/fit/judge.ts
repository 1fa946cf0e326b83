import type { Category, Estimate } from '../memory/index.ts'
import { bytes } from '../units/index.ts'
import type { Target, TargetDevice } from './target.ts'
import type { DeviceVerdict, Outcome, Verdict } from './verdict.ts'

const RANK: Readonly<Record<Outcome, number>> = { fits: 0, tight: 1, 'does-not-fit': 2 }

/** Estimate against target. A target without devices has no verdict: null. */
export function judge (estimate: Estimate, target: Target): Verdict | null {
  if (target.devices.length === 0) return null
  const devices = target.devices.map((device) => judgeDevice(estimate, device, target.reserve))
  const outcome = devices.map((d) => d.outcome).reduce((best, next) => RANK[next] < RANK[best] ? next : best)
  return { outcome, devices }
}

function judgeDevice (estimate: Estimate, device: TargetDevice, reserveShare: number): DeviceVerdict {
  const need = estimate.total
  const reserve = bytes(Math.round(device.capacity * reserveShare))
  const available = device.free
  const outcome: Outcome = need.expected > available
    ? 'does-not-fit'
    : need.expected > available - reserve || need.high > available ? 'tight' : 'fits'
  return { device, outcome, need, available, reserve, margin: bytes(available - need.expected), dominant: dominant(estimate) }
}

function dominant (estimate: Estimate): DeviceVerdict['dominant'] {
  const entries = Object.entries(estimate.breakdown) as [Category, number][]
  const [category, held] = entries.reduce((most, next) => next[1] > most[1] ? next : most)
  return { category, bytes: bytes(held), share: held / estimate.total.expected }
}
