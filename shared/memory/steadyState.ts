import { raised } from './tape/index.ts'
import type { PhaseTrace } from './timeline.ts'

/**
 * The phases of the second optimizer step from those of the first: forward and backward passes run over what the first step
 * left allocated (the optimizer states); `optimizer` is the optimizer's second step as it was observed.
 */
export function steadyStep (first: readonly PhaseTrace[], optimizer: PhaseTrace): PhaseTrace[] {
  const load = first[0]!
  const left = first.at(-1)!.heldAfter.map((held, i) => held - load.heldAfter[i]!)
  const more = left.reduce((sum, bytes) => sum + bytes, 0)
  return first.slice(1).map((phase) => phase.kind === 'optimizer'
    ? optimizer
    : {
      ...phase,
      step: phase.step + 1,
      segments: new Map([...phase.segments].map(([segment, record]) => [segment, raised(record, left)])),
      liveAfter: phase.liveAfter + more,
      heldAfter: phase.heldAfter.map((held, i) => held + left[i]!)
    })
}
