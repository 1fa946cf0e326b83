import type { Parameter } from '../modules/linear.ts'
import { Locals } from './locals.ts'
import type { Optimizer, OptimizerContext, OptimizerRule } from './optimizer.ts'
import { rowsAndColumns, stateTensor } from './states.ts'

const LOMO = 'LOMO lomo_optim/lomo.py Lomo.fuse_update, fused_backward'
const ADALOMO = 'LOMO lomo_optim/adalomo.py AdaLomo.__init__, fuse_update, fused_backward'

/**
 * lomo_optim: a hook on every gradient updates the parameters whose gradient is there already, so a gradient lives until the next one
 * arrives; the last is updated after the backward pass (fused_backward). No step of its own.
 */
function fusedBackward ({ tape, trained }: OptimizerContext, source: string, update: (parameter: Parameter, locals: Locals) => void): Optimizer {
  const updateAll = (): void => {
    const { module, category } = tape
    const locals = new Locals(tape)
    tape.source = source
    for (const parameter of trained) {
      const { leaf } = parameter
      if (!leaf?.grad) continue
      tape.module = parameter.storage.module
      locals.alias('gradient in fp32', leaf.grad)
      if (parameter.elementSize < 4) locals.set('gradient in fp32', parameter.shape, 4)
      tape.release(leaf.grad)
      leaf.grad = null
      update(parameter, locals)
    }
    locals.close()
    tape.source = ''
    tape.module = module
    tape.category = category
  }
  for (const { leaf } of trained) if (leaf) leaf.beforeGrad = updateAll
  return { step: () => {}, afterBackward: updateAll }
}

/** The parameter in fp32, updated and copied back. */
function updateInFp32 (p: Parameter, locals: Locals): void {
  locals.alias('parameter in fp32', p.storage)
  if (p.elementSize < 4) locals.set('parameter in fp32', p.shape, 4)
}

/** lomo_optim/lomo.py Lomo.fuse_update: no state; gradient and parameter in fp32. */
export const lomo: OptimizerRule = {
  source: LOMO,
  known: 'traced',
  fusedInBackward: true,
  make: (context) => fusedBackward(context, LOMO, updateInFp32)
}

/** lomo_optim/adalomo.py AdaLomo.fuse_update: factored second moments from construction on; square, factors and update in fp32. */
export const adaLomo: OptimizerRule = {
  source: ADALOMO,
  known: 'traced',
  fusedInBackward: true,
  make: (context) => {
    const { tape, trained } = context
    for (const p of trained) {
      const { rows, columns } = rowsAndColumns(p)
      if (p.shape.dimensions.length === 1) stateTensor(tape, p, 'exp_avg_sq', p.shape, 4)
      else for (const extent of [rows, columns]) stateTensor(tape, p, 'exp_avg_sq factor', extent, 4)
    }
    return fusedBackward(context, ADALOMO, (p, locals) => {
      const { rows, columns } = rowsAndColumns(p)
      const square = tape.allocate(p.shape, 4, 'squared gradient', 'temporaries')
      const sum = tape.allocate(p.shape, 4, 'update', 'temporaries')
      tape.release(square)
      locals.alias('update', sum)
      tape.release(sum)
      if (p.shape.dimensions.length > 1) {
        const factors = [tape.allocate(rows, 4, 'row factor', 'temporaries'), tape.allocate(columns, 4, 'column factor', 'temporaries')]
        locals.set('update', p.shape, 4)
        for (const factor of factors) tape.release(factor)
      } else {
        locals.set('update', p.shape, 4)
      }
      updateInFp32(p, locals)
    })
  }
}
