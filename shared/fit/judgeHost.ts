import type { Estimate, Uncertain } from '../memory/index.ts'
import { bytes, type Bytes } from '../units/index.ts'
import type { TargetHost } from './target.ts'
import type { HostCheck, HostVerdict } from './verdict.ts'

const NOTHING: Uncertain = { expected: bytes(0), low: bytes(0), high: bytes(0) }

/** The host's RAM and disk against one process of the run. */
export function judgeHost (estimate: Estimate, host: TargetHost): HostVerdict {
  const { loading, training } = estimate.host ?? { loading: NOTHING, training: NOTHING }
  return {
    host,
    ram: check(loading.expected > training.expected ? loading : training, host.ramFree),
    disk: check(estimate.disk ?? NOTHING, host.diskFree)
  }
}

function check (need: Uncertain, available: Bytes | null): HostCheck {
  if (available === null) return { outcome: 'unknown', need, available }
  // Of the ways a run can go some need far less, so only what no way avoids is certain not to fit.
  const outcome = need.low > available ? 'does-not-fit' : need.expected > available ? 'tight' : 'fits'
  return { outcome, need, available }
}
