import { Scope, type Shape, type Tensor } from '../../tape/index.ts'
import { cast, silu } from '../elementwise.ts'
import type { Parameter } from '../linear.ts'
import { reciprocalRms } from '../normalization.ts'
import { times } from './operations.ts'

/** Whether the gate is applied before the norm or after it, or there is a gate without a norm (Falcon-H1). */
export type GateNorm = 'gate-first' | 'norm-first' | 'none'

/**
 * transformers MambaRMSNormGated.forward, and over groups of channels Zamba2RMSNormGated (Nemotron-H) and FalconH1RMSNormGated: all
 * in fp32, times silu of the gate. `rows`: one element per normalized vector.
 */
export function gatedNorm (caller: Scope, x: Tensor, gate: Tensor, weight: Parameter, rows: Shape, kind: GateNorm): Tensor {
  const scope = new Scope(caller.tape)
  const gated = kind === 'gate-first' ? gateOpened(scope, x, gate) : scope.alias(x)
  const rstd = reciprocalRms(scope, gated, rows)
  const normalized = times(scope, gated, rstd, x.shape, 'normalized')
  scope.drop(gated, rstd)
  const weighted = times(scope, weight, normalized, x.shape, 'weighted')
  scope.drop(normalized)
  return scope.return(kind === 'norm-first' ? gateOpened(scope, weighted, gate) : weighted, caller)
}

/** x · silu(gate) in fp32. */
function gateOpened (scope: Scope, x: Tensor, gate: Tensor): Tensor {
  const wide = cast(scope, gate, 4, 'gate in fp32')
  const open = silu(scope, wide)
  if (wide !== gate) scope.drop(wide)
  const result = times(scope, x, open, x.shape, 'gated')
  scope.drop(open)
  return result
}
