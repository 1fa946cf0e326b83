import type { Category, Estimate } from '../memory/index.ts'
import { bytes } from '../units/index.ts'
import { judgeHost } from './judgeHost.ts'
import { engineRefusals, refusalsOf } from './support.ts'
import type { Target, TargetDevice } from './target.ts'
import { bestOf, type DeviceVerdict, type Outcome, type Verdict } from './verdict.ts'

/** Estimate against target. A target without devices has no verdict: null. */
export function judge (estimate: Estimate, target: Target): Verdict | null {
  return judgeEach(() => estimate, target)
}

/** The same where each card has an estimate of its own: library workspaces differ between them. */
export function judgeEach (estimateOn: (device: TargetDevice) => Estimate, target: Target): Verdict | null {
  const [first] = target.devices
  if (!first) return null
  const devices = target.devices.map((device) => judgeDevice(estimateOn(device), device, target.reserve))
  return {
    outcome: bestOf(devices.map((device) => device.outcome)),
    devices,
    hosts: (target.hosts ?? []).map((host) => judgeHost(estimateOn(first), host))
  }
}

function judgeDevice (estimate: Estimate, device: TargetDevice, reserveShare: number): DeviceVerdict {
  const need = estimate.total
  const reserve = bytes(Math.round(device.capacity * reserveShare))
  // One memory for both: the process on the host is there while the GPU works.
  const hostShare = device.sharesHostMemory ? estimate.host?.training.expected ?? 0 : 0
  const available = bytes(Math.max(0, device.free - hostShare))
  const refusals = [...refusalsOf(estimate.plan, device), ...engineRefusals(estimate)]
  const memory = memoryOutcome(need, available, reserve)
  return {
    device,
    outcome: refusals.length > 0 && memory !== 'does-not-fit' ? 'unsupported' : memory,
    need,
    available,
    reserve,
    margin: bytes(available - need.expected),
    fitsWhenIdle: memoryOutcome(need, bytes(Math.max(0, device.capacity - hostShare)), reserve) !== 'does-not-fit',
    dominant: dominant(estimate),
    refusals
  }
}

function memoryOutcome (need: Estimate['total'], available: number, reserve: number): Outcome {
  if (need.expected > available) return 'does-not-fit'
  return need.expected > available - reserve || need.high > available ? 'tight' : 'fits'
}

function dominant (estimate: Estimate): DeviceVerdict['dominant'] {
  const entries = Object.entries(estimate.breakdown) as [Category, number][]
  const [category, held] = entries.reduce((most, next) => next[1] > most[1] ? next : most)
  return { category, bytes: bytes(held), share: held / estimate.total.expected }
}
