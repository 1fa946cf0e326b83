import { clipGradients } from './clipping.ts'
import { makeInBackward } from './inBackward.ts'
import { withSource } from './states.ts'
import type { Optimizer, OptimizerContext } from './optimizer.ts'
import { BEFORE_BLOCKS, CLIPPING } from '../timeline.ts'
import { OPTIMIZERS } from './registry.ts'

export { NO_SPREAD } from './optimizer.ts'
export type { Optimizer, OptimizerContext, OptimizerKind, OptimizerRule, Spread } from './optimizer.ts'
export { OPTIMIZERS } from './registry.ts'

/** Whether a second optimizer step is the first over what that left, with the optimizer's own step apart. */
export const repeatsFirstStep = ({ kind, inBackward }: OptimizerContext['settings']): boolean => !inBackward && !OPTIMIZERS[kind].fusedInBackward && kind !== 'soap'

const EMA_SIZE = { fp32: 4, bf16: 2, fp16: 2 } as const

/** The optimizer of a plan, with gradient clipping before its step and the moving average of the weights. */
export function makeOptimizer (context: OptimizerContext): Optimizer {
  const { tape, trained, settings } = context
  const rule = OPTIMIZERS[settings.kind]
  const inBackward = rule.fusedInBackward || (settings.inBackward ?? false)
  const optimizer = withSource(tape, rule.source, () => settings.inBackward && !rule.fusedInBackward ? makeInBackward(context, rule) : rule.make(context))
  if (settings.emaType) {
    for (const p of trained) {
      tape.label(p)
      tape.allocate(p.shape, EMA_SIZE[settings.emaType], 'moving average', 'master-weights')
    }
  }
  return {
    ...optimizer,
    step (): void {
      if (settings.clipGradNorm && !inBackward) {
        context.segment(CLIPPING)
        clipGradients(tape, trained)
        context.segment(BEFORE_BLOCKS)
      }
      withSource(tape, rule.source, () => { optimizer.step() })
    }
  }
}
