import type { PhasePeak } from '#shared/memory/index.ts'
import type { Translate } from '../../i18n/index.ts'

/** `Step 2 · backward`, or with `long` and several micro-batches `Step 2 · micro 3 · backward`. */
export function phaseName (phase: PhasePeak, t: Translate, long: boolean): string {
  if (phase.kind === 'load') return t('phase.load')
  const kind = t(`phase.${phase.kind}`)
  return long && phase.kind !== 'optimizer'
    ? t('phase.inMicro', { step: phase.step + 1, micro: phase.micro + 1, kind })
    : t('phase.inStep', { step: phase.step + 1, kind })
}
