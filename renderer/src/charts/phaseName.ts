import type { Estimate, PhasePeak } from '#shared/memory/index.ts'
import { phaseName as kindName } from '#shared/report/index.ts'
import type { Locale } from '#shared/units/index.ts'
import type { Translate } from '../i18n/index.ts'

/** `Step 2 · Backward`, or with `long` and several micro-batches `Step 2 · micro 3 · Backward`. */
export function phaseName (phase: PhasePeak, t: Translate, locale: Locale, long: boolean): string {
  const kind = kindName(phase.kind, locale)
  if (phase.kind === 'load') return kind
  return long && phase.kind !== 'optimizer'
    ? t('phase.inMicro', { step: phase.step + 1, micro: phase.micro + 1, kind })
    : t('phase.inStep', { step: phase.step + 1, kind })
}

/** The same without what all phases that are shown have in common: the step's number, and the micro-batch's where there is one. */
export function shortPhaseName ({ phases, plan }: Estimate, shown: readonly number[], i: number, t: Translate, locale: Locale): string {
  const phase = phases[i]!
  const ofOneStep = shown.every((other) => phases[other]!.step === phase.step)
  if (!ofOneStep) return phaseName(phase, t, locale, plan.data.gradientAccumulation > 1)
  const kind = kindName(phase.kind, locale)
  const isRepeated = shown.some((other) => phases[other]!.kind === phase.kind && phases[other]!.micro !== phase.micro)
  return isRepeated ? `${kind} · ${phase.micro + 1}` : kind
}
