import type { OptimizerRule } from './optimizer.ts'
import { foreachTensors, groupByType, ONE, releaseAll, stateTensor, withGradient } from './states.ts'
import type { Storage } from '../tape/index.ts'
import { loopOver } from './states.ts'

/* The smaller optimizers of torch.optim. */

/** torch/optim/sgd.py without momentum: works in place. */
export const plainSgd: OptimizerRule = {
  source: 'PyTorch torch/optim/sgd.py',
  known: 'traced',
  make: () => ({ step: () => {} })
}

/** torch/optim/sgd.py: the momentum buffer is a clone of the first gradient; the step itself works in place. */
export const sgdMomentum: OptimizerRule = {
  source: 'PyTorch torch/optim/sgd.py _multi_tensor_sgd, _fused_sgd',
  known: 'traced',
  make: ({ tape, trained }) => {
    let started = false
    return {
      step (): void {
        if (!started) for (const parameter of withGradient(trained)) stateTensor(tape, parameter, 'momentum_buffer')
        started = true
      }
    }
  }
}

/** torch/optim/rmsprop.py, not centered, no momentum: `avg` is one copy of all second moments, or of two in the loop. */
export const rmsProp: OptimizerRule = {
  source: 'PyTorch torch/optim/rmsprop.py _multi_tensor_rmsprop, _single_tensor_rmsprop',
  known: 'traced',
  make: (context) => {
    const { tape, trained, settings } = context
    if (settings.implementation === 'loop') {
      const loop = loopOver(context, (p, _, locals) => { locals.set('root of square_avg', p.shape, p.elementSize) })
      return withStates(loop, () => { for (const p of withGradient(trained)) stateTensor(tape, p, 'square_avg') })
    }
    const step = (): void => {
      let before: Storage[] = []
      for (const group of groupByType(withGradient(trained))) {
        const average = foreachTensors(tape, group, 'root of square_avg')
        releaseAll(tape, before)
        before = average
      }
      releaseAll(tape, before)
    }
    return withStates({ step }, () => { for (const p of withGradient(trained)) stateTensor(tape, p, 'square_avg') })
  }
}

/**
 * torch/optim/adagrad.py: the sums exist from construction on, before the first forward pass. foreach makes roots and scaled
 * gradients of everything; fused makes nothing.
 */
export const adagrad: OptimizerRule = {
  source: 'PyTorch torch/optim/adagrad.py Adagrad.__init__, _multi_tensor_adagrad, _single_tensor_adagrad',
  known: 'traced',
  make: (context) => {
    const { tape, trained, settings } = context
    for (const parameter of trained) {
      if (settings.implementation === 'fused') stateTensor(tape, parameter, 'step', ONE, 4)
      stateTensor(tape, parameter, 'sum')
    }
    if (settings.implementation === 'fused') return { step: () => {} }
    if (settings.implementation === 'loop') return loopOver(context, (p, _, locals) => { locals.set('root of the sum', p.shape, p.elementSize) })
    return {
      step (): void {
        let roots: Storage[] = []
        let numerators: Storage[] = []
        for (const group of groupByType(withGradient(trained))) {
          const nextRoots = foreachTensors(tape, group, 'root of the sum')
          releaseAll(tape, roots)
          roots = nextRoots
          const nextNumerators = foreachTensors(tape, group, 'scaled gradient')
          releaseAll(tape, numerators)
          numerators = nextNumerators
        }
        releaseAll(tape, [...roots, ...numerators])
      }
    }
  }
}

/** Makes all states before the first step's updates, as `_init_group` does. */
function withStates (optimizer: { step (): void }, initialize: () => void): { step (): void } {
  let started = false
  return {
    step (): void {
      if (!started) initialize()
      started = true
      optimizer.step()
    }
  }
}
