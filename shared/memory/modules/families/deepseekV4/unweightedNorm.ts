import { Scope, type Shape, type Tensor } from '../../../tape/index.ts'
import { cast, multiply } from '../../elementwise.ts'
import { reciprocalRms } from '../../normalization.ts'

/** transformers DeepseekV4UnweightedRMSNorm: x · rsqrt(mean(x²) + ε), the root in fp32 and back in the type of x. */
export function unweightedNorm (caller: Scope, x: Tensor, rows: Shape): Tensor {
  const scope = new Scope(caller.tape)
  const wide = cast(scope, x, 4, 'fp32 copy of the input')
  const root = reciprocalRms(scope, wide, rows, false)
  if (wide !== x) scope.drop(wide)
  const narrow = cast(scope, root, x.elementSize, 'reciprocal root mean square')
  if (narrow !== root) scope.drop(root)
  return scope.return(multiply(scope, x, narrow, 'normalized'), caller)
}
