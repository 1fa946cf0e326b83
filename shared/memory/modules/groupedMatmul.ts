import { edgeOf, GradNode, type Scope, type Shape, type Tensor } from '../tape/index.ts'
import { cast, gradient, needsGrad, output } from './elementwise.ts'

/**
 * torch.nn.functional.grouped_mm over the sorted rows of all experts (transformers integrations/moe.py _grouped_mm): the input
 * is cast to the weights' type, which autocast leaves as it is; the weight's gradient of the whole stack is made first.
 */
export function groupedMatmul (scope: Scope, x: Tensor, weight: Tensor, extent: Shape, role: string): Tensor {
  const { tape } = scope
  const size = weight.elementSize
  const input = cast(scope, x, size, 'input in the weight type')
  let node: GradNode | null = null
  if (needsGrad(tape, input, weight)) {
    const edges = [edgeOf(input), edgeOf(weight)]
    const saves = [...(weight.requiresGrad ? [input.storage] : []), ...(input.requiresGrad ? [weight.storage] : [])]
    const inputShape = input.shape
    node = new GradNode(tape, edges, saves, () => {
      const dWeight = edges[1] ? tape.allocate(weight.shape, size, 'weight gradient', weight.leaf ? 'gradients' : 'temporaries') : null
      if (dWeight) dWeight.isView = true
      return [edges[0] ? gradient(tape, inputShape, size) : null, dWeight]
    })
  }
  const result = output(scope, extent, size, role, node)
  if (input !== x) scope.drop(input)
  return result
}
