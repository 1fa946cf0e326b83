import { dimension, edgeOf, GradNode, shape, type Scope, type Tensor } from '../../../tape/index.ts'
import { cast, gradient, needsGrad, output, passThrough } from '../../elementwise.ts'
import { castWeight, type Parameter } from '../../linear.ts'
import type { Run } from '../../run.ts'

/**
 * transformers DeepseekV4GroupedLinear: a bmm of the groups, [g, T, d] and [g, d, r], both views; the result, groups first, is copied
 * to [b, s, g·r]. The weight's gradient lies transposed and is copied too.
 */
export function groupedLinear (scope: Scope, x: Tensor, weight: Parameter, groups: number, { batch, sequence, tokens }: Run): Tensor {
  const { tape } = scope
  const size = tape.autocast || x.elementSize
  const used = tape.autocast && weight.elementSize > size ? castWeight(scope, weight, size) : weight
  const input = cast(scope, x, size, 'input in the autocast type')
  const [g, out] = [dimension('g', groups), weight.shape.dimensions[0]!]
  const extent = shape(g, dimension('T', tokens.elements), dimension('r_o', out.size / groups))
  let node: GradNode | null = null
  if (needsGrad(tape, input, used)) {
    const edges = [edgeOf(input), edgeOf(used)]
    const saves = [...(weight.requiresGrad ? [input.storage] : []), ...(input.requiresGrad ? [used.storage] : [])]
    const inputShape = input.shape
    node = new GradNode(tape, edges, saves, () => {
      const dInput = edges[0] ? gradient(tape, inputShape, size) : null
      if (dInput) dInput.isView = true
      if (!edges[1]) return [dInput, null]
      const transposed = gradient(tape, weight.shape, size)
      const dWeight = tape.allocate(weight.shape, size, 'weight gradient', 'gradients')
      tape.release(transposed)
      return [dInput, dWeight]
    })
  }
  const raw = output(scope, extent, size, 'output', node)
  scope.drop(...[used, input].filter((t) => t !== weight && t !== x))
  const flat = passThrough(scope, raw, 'output, tokens first')
  scope.drop(raw)
  const result = scope.alias(flat)
  scope.drop(flat)
  return Object.assign(result, { shape: shape(batch, sequence, out) })
}
