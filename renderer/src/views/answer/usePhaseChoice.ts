import { computed, shallowRef, type ComputedRef } from 'vue'
import type { Estimate, PhasePeak } from '#shared/memory/index.ts'

const same = (a: PhasePeak, b: PhasePeak): boolean => a.kind === b.kind && a.step === b.step && a.micro === b.micro

/** Which phase's peak is broken down: the highest until another is chosen; a choice lasts while the plan has such a phase. */
export function usePhaseChoice (estimate: () => Estimate | null): { phase: ComputedRef<number>, choose: (index: number) => void } {
  const chosen = shallowRef<PhasePeak | null>(null)
  const phase = computed(() => {
    const { phases, peakPhase } = estimate() ?? { phases: [], peakPhase: 0 }
    const wanted = chosen.value
    const found = wanted ? phases.findIndex((one) => same(one, wanted)) : -1
    return found < 0 ? peakPhase : found
  })
  return {
    phase,
    choose (index) {
      const now = estimate()
      // The highest is chosen as such: it may be another phase after the next change.
      chosen.value = !now || index === now.peakPhase ? null : now.phases[index] ?? null
    }
  }
}
