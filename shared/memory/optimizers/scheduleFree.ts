import type { OptimizerRule } from './optimizer.ts'
import { foreachTensors, loopOver, releaseAll, stateTensor, withGradient } from './states.ts'

/**
 * schedulefree/adamw_schedulefree.py AdamWScheduleFree.step: `z` and exp_avg_sq, both in the parameter's type; foreach (the default)
 * makes denominators of everything at once, the gradient is normalized in place.
 */
export const scheduleFreeAdamW: OptimizerRule = {
  source: 'schedulefree adamw_schedulefree.py AdamWScheduleFree.step',
  known: 'traced',
  make: (context) => {
    const { tape, trained, settings } = context
    const update = settings.implementation === 'loop'
      ? loopOver(context, (p, _, locals) => { locals.set('denominator', p.shape, p.elementSize) })
      : { step: () => { releaseAll(tape, foreachTensors(tape, withGradient(trained), 'denominator')) } }
    let started = false
    return {
      step (): void {
        if (!started) {
          for (const p of withGradient(trained)) {
            stateTensor(tape, p, 'z')
            stateTensor(tape, p, 'exp_avg_sq')
          }
        }
        started = true
        update.step()
      }
    }
  }
}

/** schedulefree/sgd_schedulefree.py SGDScheduleFree.step: only `z`; everything in place. */
export const scheduleFreeSgd: OptimizerRule = {
  source: 'schedulefree sgd_schedulefree.py SGDScheduleFree.step',
  known: 'traced',
  make: ({ tape, trained }) => {
    let started = false
    return {
      step (): void {
        if (!started) for (const p of withGradient(trained)) stateTensor(tape, p, 'z')
        started = true
      }
    }
  }
}
