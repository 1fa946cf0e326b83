import type { Method } from '#shared/plan/index.ts'

/** In sight, and in a list: together every method there is. */
export const USUAL_METHODS = ['full', 'freeze', 'lora', 'qlora'] as const satisfies readonly Method['kind'][]
export const OTHER_METHODS = ['vera', 'ia3', 'oft', 'prefix', 'prompt', 'p-tuning'] as const satisfies readonly Method['kind'][]
