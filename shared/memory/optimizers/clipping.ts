import type { Parameter } from '../modules/linear.ts'
import type { Tape } from '../tape/index.ts'
import { CLIPPING } from '../timeline.ts'
import { ONE, releaseAll, withGradient } from './states.ts'

/**
 * torch/nn/utils/clip_grad.py clip_grad_norm_ as accelerate calls it: a norm per tensor, one allocation unit each, the total norm and
 * its clamped quotient; gradients are scaled in place. Their stack, 4 bytes per tensor for a moment, is left out.
 */
export function clipGradients (tape: Tape, trained: readonly Parameter[]): void {
  const clipped = withGradient(trained)
  if (clipped.length === 0) return
  tape.module = 'clip_grad_norm_'
  const norms = clipped.map((p) => {
    tape.layer = p.layer
    return tape.allocate(ONE, p.elementSize, 'norm of one gradient', 'temporaries')
  })
  tape.layer = CLIPPING
  const total = tape.allocate(ONE, 4, 'total norm', 'temporaries')
  releaseAll(tape, norms)
  tape.transient([ONE, 4, 'clip coefficient'], [ONE, 4, 'clamped clip coefficient'])
  tape.release(total)
}
