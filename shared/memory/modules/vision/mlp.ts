import { Scope, type Tensor } from '../../tape/index.ts'
import { activate } from '../activations.ts'
import type { Projection } from '../projection.ts'

/** fc2(gelu(fc1(x))): the MLP of a tower's block, in a frame of its own. */
export function towerMlp (caller: Scope, x: Tensor, [up, down]: readonly [Projection, Projection]): Tensor {
  const scope = new Scope(caller.tape)
  const raised = up.apply(scope, x)
  scope.tape.module = 'activation_fn'
  const activated = activate(scope, raised, 'gelu')
  scope.drop(raised)
  return scope.return(down.apply(scope, activated), caller)
}
