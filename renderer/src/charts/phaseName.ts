import type { PhasePeak } from '#shared/memory/index.ts'
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
