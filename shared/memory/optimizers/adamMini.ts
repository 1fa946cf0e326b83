import type { Parameter } from '../modules/linear.ts'
import { dimension, shape, type Shape } from '../tape/index.ts'
import type { OptimizerRule } from './optimizer.ts'
import { loopOver, ONE, stateTensor } from './states.ts'

const PER_HEAD = ['q_proj', 'k_proj']
const PER_ROW = ['embed', 'lm_head', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj', 'mlp']

/**
 * adam_mini/adam_mini.py Adam_mini.step: a full first moment, and one second moment per head (q and k), per row (embedding, head,
 * value, output, MLP) or per tensor (norms); biases have all of Adam. Blocks are found by the parameters' names.
 */
export const adamMini: OptimizerRule = {
  source: 'Adam-mini adam_mini/adam_mini.py Adam_mini.step',
  known: 'traced',
  make: (context) => {
    const { tape, architecture: a } = context
    const elementsPerHead = Math.floor(a.hiddenSize * a.hiddenSize / a.heads)
    return loopOver(context, (p, isFirst, locals) => {
      const size = p.elementSize
      if (p.name.endsWith('bias')) {
        if (isFirst) for (const role of ['m', 'v']) stateTensor(tape, p, role)
        const root = tape.allocate(p.shape, size, 'root of v', 'temporaries')
        const denominator = tape.allocate(p.shape, size, 'denominator', 'temporaries')
        tape.release(root)
        locals.alias('h', denominator)
        tape.release(denominator)
        return
      }
      const second = secondMoment(p, elementsPerHead)
      if (isFirst) {
        stateTensor(tape, p, 'm')
        stateTensor(tape, p, 'vmean', second)
      }
      tape.transient([p.shape, size, 'squared gradient'], [second, size, 'mean of squares'])
      locals.set('tmp_lr', second, size)
      locals.set('h', second, size)
      locals.set('stepsize', second, size)
      locals.set('update', p.shape, size)
      tape.transient([p.shape, size, 'negative update'])
    })
  }
}

function secondMoment (p: Parameter, elementsPerHead: number): Shape {
  if (PER_HEAD.some((name) => p.name.includes(name))) return shape(dimension('heads', Math.ceil(p.elements / elementsPerHead)))
  return PER_ROW.some((name) => p.name.includes(name)) ? shape(p.shape.dimensions[0]!) : ONE
}
