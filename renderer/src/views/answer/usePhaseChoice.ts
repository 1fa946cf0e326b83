import { computed, shallowRef, type ComputedRef } from 'vue'
import type { Estimate, PhasePeak } from '#shared/memory/index.ts'

/** A phase by what it is: a step may have several of one kind, so the how manieth it is counts too. */
interface Choice {
  readonly phase: PhasePeak
  readonly nth: number
}

const same = (a: PhasePeak, b: PhasePeak): boolean => a.kind === b.kind && a.step === b.step && a.micro === b.micro
const nthOf = (phases: readonly PhasePeak[], index: number): number => phases.slice(0, index).filter((one) => same(one, phases[index]!)).length

/** Which phase's peak is broken down: the highest until another is chosen; a choice lasts while the plan has such a phase. */
export function usePhaseChoice (estimate: () => Estimate | null): { phase: ComputedRef<number>, choose: (index: number) => void } {
  const chosen = shallowRef<Choice | null>(null)
  const phase = computed(() => {
    const { phases, peakPhase } = estimate() ?? { phases: [], peakPhase: 0 }
    const wanted = chosen.value
    const found = wanted ? phases.findIndex((one, i) => same(one, wanted.phase) && nthOf(phases, i) === wanted.nth) : -1
    return found < 0 ? peakPhase : found
  })
  return {
    phase,
    choose (index) {
      const now = estimate()
      const one = now?.phases[index]
      // The highest is chosen as such: it may be another phase after the next change.
      chosen.value = !now || !one || index === now.peakPhase ? null : { phase: one, nth: nthOf(now.phases, index) }
    }
  }
}
