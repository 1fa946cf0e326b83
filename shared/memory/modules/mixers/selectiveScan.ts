import { Scope, type Tensor } from '../../tape/index.ts'
import { add, cast, silu } from '../elementwise.ts'
import { exponential, reshaped, softplus, times, viewed } from './operations.ts'
import { Steps, type ScanSizes } from './scanSteps.ts'

/** x, dt and gate [b, d, s]; B and C [b, s, n]; A [d, n] computed; D and the bias of dt in fp32. */
export interface SelectiveInputs {
  readonly x: Tensor
  readonly dt: Tensor
  readonly a: Tensor
  readonly b: Tensor
  readonly c: Tensor
  readonly d: Tensor
  readonly gate: Tensor
  readonly dtBias: Tensor
}

/**
 * transformers models/mamba/modeling_mamba.py mamba_selective_scan: what runs where neither mamba-ssm nor mamba.py is installed, a
 * loop over the tokens in Python. Consumes the handle on `d`.
 */
export function selectiveScan (caller: Scope, inputs: SelectiveInputs, sizes: ScanSizes): Tensor {
  const scope = new Scope(caller.tape)
  const { x, gate } = inputs
  caller.hand(inputs.d, scope)
  const dt = discretized(scope, inputs.dt, inputs.dtBias)
  const dtAll = (): Tensor => reshaped(scope, dt, sizes.inner1)
  const exponents = times(scope, inputs.a, dtAll(), sizes.all, 'A · dt')
  const decay = exponential(scope, exponents, 'discrete A')
  scope.drop(exponents)
  const b = cast(scope, viewed(scope, inputs.b, sizes.states), 4, 'B in fp32')
  const discreteB = times(scope, dtAll(), b, sizes.all, 'discrete B')
  scope.drop(b)
  const wide = cast(scope, reshaped(scope, x, sizes.inner1), 4, 'x in fp32')
  const fed = times(scope, discreteB, wide, sizes.all, 'discrete B · x')
  scope.drop(wide)

  const outputs = new Steps(scope, { decay, fed, c: inputs.c, size: x.elementSize }, sizes).run()
  const mixed = outputs.stacked
  const skip = times(scope, x, inputs.d, sizes.inner, 'skip connection')
  const summed = add(scope, mixed, skip, 'output and skip connection')
  scope.drop(mixed, skip)
  const open = silu(scope, gate)
  const result = times(scope, summed, open, sizes.inner, 'gated')
  scope.drop(summed, open)
  return scope.return(result, caller)
}

/** softplus(dt + bias): each rebinds the name. */
function discretized (scope: Scope, dt: Tensor, bias: Tensor): Tensor {
  const shift = cast(scope, bias, dt.elementSize, 'bias in the type of dt')
  const shifted = add(scope, dt, shift, 'dt + bias')
  if (shift !== bias) scope.drop(shift)
  const result = softplus(scope, shifted)
  scope.drop(shifted)
  return result
}
