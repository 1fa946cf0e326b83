import type { OptimizerRule } from './optimizer.ts'
import { loopOver, ONE, rowsAndColumns, stateTensor } from './states.ts'

/**
 * transformers optimization.py Adafactor.step, statement by statement: everything in fp32, states factored into rows and
 * columns for matrices, `update` of one parameter alive until the next one binds it. `firstMoment` is beta1.
 */
export const adafactor: OptimizerRule = {
  source: 'transformers optimization.py Adafactor.step',
  known: 'traced',
  make: (context) => {
    const { tape, settings } = context
    return loopOver(context, (p, isFirst, locals) => {
      const grad = p.leaf!.grad!
      const isHalf = p.elementSize < 4
      const factored = p.shape.dimensions.length >= 2
      const { rows, columns } = rowsAndColumns(p)
      locals.alias('gradient', grad)
      if (isHalf) locals.set('gradient', p.shape, 4)
      if (isFirst) {
        if (settings.firstMoment) stateTensor(tape, p, 'exp_avg', p.shape, 4)
        if (factored) {
          stateTensor(tape, p, 'exp_avg_sq_row', rows, 4)
          stateTensor(tape, p, 'exp_avg_sq_col', columns, 4)
        } else stateTensor(tape, p, 'exp_avg_sq', p.shape, 4)
      }
      locals.alias('parameter', p.storage)
      if (isHalf) locals.set('parameter', p.shape, 4)
      if (isFirst) stateTensor(tape, p, 'RMS', ONE, 4)
      const square = tape.allocate(p.shape, 4, 'squared gradient', 'temporaries')
      const update = tape.allocate(p.shape, 4, 'update', 'temporaries')
      tape.release(square)
      locals.alias('update', update)
      tape.release(update)
      if (factored) {
        tape.transient([rows, 4, 'mean over columns'])
        tape.transient([columns, 4, 'mean over rows'])
        const factors = [tape.allocate(rows, 4, 'row factor', 'temporaries'), tape.allocate(columns, 4, 'column factor', 'temporaries')]
        locals.set('update', p.shape, 4)
        for (const factor of factors) tape.release(factor)
      } else {
        locals.set('update', p.shape, 4)
      }
      tape.transient([ONE, 4, 'norm of the update'], [ONE, 4, 'root mean square of the update'])
      if (settings.firstMoment) locals.drop('update')
      tape.transient([p.shape, 4, 'negative update'])
    })
  }
}
