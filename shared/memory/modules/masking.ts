import { edgeOf, GradNode, type Scope, type Storage, type Tensor } from '../tape/index.ts'
import { gradient, needsGrad, output } from './elementwise.ts'

/** torch.where or masked_fill of scores: keeps the mask; backward makes a masked copy of the gradient. */
export function maskScores (scope: Scope, x: Tensor, mask: Storage, role = 'masked scores'): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, x) ? new GradNode(tape, [edgeOf(x)], [mask], () => [gradient(tape, x.shape, x.elementSize)]) : null
  return output(scope, x.shape, x.elementSize, role, node)
}
