import { Scope, type Shape, type Tensor } from '../../tape/index.ts'
import { output } from '../elementwise.ts'
import { cumulativeSum, expanded, maskedFill } from './operations.ts'

/** transformers segment_sum: sums over every stretch of the last dimension, −∞ above the diagonal. Consumes the handle on `x`. */
export function segmentSum (caller: Scope, x: Tensor, extent: Shape, mask: Shape): Tensor {
  const scope = new Scope(caller.tape)
  const own = caller.hand(x, scope)
  const view = expanded(scope, own, extent)
  const lower = triangle(scope, mask)
  const masked = filled(scope, view, lower, extent)
  scope.drop(view, own)
  const summed = cumulativeSum(scope, masked, 'sums over stretches')
  const diagonal = triangle(scope, mask)
  scope.drop(lower)
  const result = filled(scope, summed, diagonal, extent)
  scope.drop(summed)
  return scope.return(result, caller)
}

function triangle (scope: Scope, mask: Shape): Tensor {
  const ones = output(scope, mask, 1, 'ones')
  const result = output(scope, mask, 1, 'triangle')
  scope.drop(ones)
  return result
}

function filled (scope: Scope, x: Tensor, mask: Tensor, extent: Shape): Tensor {
  const inverse = output(scope, mask.shape, 1, 'inverse triangle')
  const result = maskedFill(scope, x, inverse, extent)
  scope.drop(inverse)
  return result
}
