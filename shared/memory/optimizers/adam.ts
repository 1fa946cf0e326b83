import type { Parameter } from '../modules/linear.ts'
import type { Storage } from '../tape/index.ts'
import { Locals } from './locals.ts'
import type { Optimizer, OptimizerContext, OptimizerRule } from './optimizer.ts'
import { foreachTensors, groupByType, ONE, releaseAll, stateTensor, withGradient } from './states.ts'

/**
 * torch/optim/adam.py. States have the parameter's type and appear at the first step, after the backward pass. fused keeps
 * its step counters on the GPU and needs no temporaries; foreach makes one copy of all second moments (_multi_tensor_adam);
 * the loop (_single_tensor_adam) makes a square root and its quotient while `denom` still holds the quotient of the parameter
 * before. amsgrad keeps the largest second moments too.
 */
export const adamW: OptimizerRule = {
  source: 'PyTorch torch/optim/adam.py _fused_adam, _multi_tensor_adam, _single_tensor_adam',
  known: 'traced',
  make: (context) => makeAdamW(context, context.settings.implementation, context.settings.amsgrad ?? false)
}

export function makeAdamW (context: OptimizerContext, implementation: 'fused' | 'foreach' | 'loop', amsgrad = false): Optimizer {
  const { tape, trained } = context
  let started = false
  const initialize = (parameter: Parameter): void => {
    if (implementation === 'fused') stateTensor(tape, parameter, 'step', ONE, 4)
    stateTensor(tape, parameter, 'exp_avg')
    stateTensor(tape, parameter, 'exp_avg_sq')
    if (amsgrad) stateTensor(tape, parameter, 'max_exp_avg_sq')
  }
  return {
    step (): void {
      const parameters = withGradient(trained)
      if (!started) for (const parameter of parameters) initialize(parameter)
      started = true
      if (implementation === 'foreach') foreachUpdate(context, parameters)
      if (implementation === 'loop') loopUpdate(context, parameters)
    }
  }
}

/** `exp_avg_sq_sqrt` of one type is still bound while that of the next is made. */
function foreachUpdate ({ tape }: OptimizerContext, parameters: readonly Parameter[]): void {
  let before: Storage[] = []
  for (const group of groupByType(parameters)) {
    const roots = foreachTensors(tape, group, 'square root of exp_avg_sq')
    releaseAll(tape, before)
    before = roots
  }
  releaseAll(tape, before)
}

function loopUpdate ({ tape, segment }: OptimizerContext, parameters: readonly Parameter[]): void {
  const locals = new Locals(tape)
  for (const parameter of parameters) {
    segment(parameter.layer)
    tape.label(parameter)
    const root = tape.allocate(parameter.shape, parameter.elementSize, 'square root of exp_avg_sq', 'temporaries')
    const denominator = tape.allocate(parameter.shape, parameter.elementSize, 'denominator', 'temporaries')
    tape.release(root)
    locals.alias('denominator', denominator)
    tape.release(denominator)
  }
  locals.close()
}
