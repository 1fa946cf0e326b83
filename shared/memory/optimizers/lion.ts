import type { OptimizerRule } from './optimizer.ts'
import { loopOver, stateTensor } from './states.ts'

/** lion-pytorch lion_pytorch/lion_pytorch.py update_fn: one state; the update is a clone and then a sum. */
export const lion: OptimizerRule = {
  source: 'lion-pytorch lion_pytorch/lion_pytorch.py update_fn',
  known: 'traced',
  make: (context) => loopOver(context, (p, isFirst) => {
    if (isFirst) stateTensor(context.tape, p, 'exp_avg')
    context.tape.transient([p.shape, p.elementSize, 'clone of exp_avg'], [p.shape, p.elementSize, 'update'])
  })
}
