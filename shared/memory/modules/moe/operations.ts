import { edgeOf, GradNode, type Scope, type Shape, type Tensor } from '../../tape/index.ts'
import { cast, gradient, needsGrad, output } from '../elementwise.ts'

/** torch.sigmoid: keeps its output. */
export function sigmoid (scope: Scope, x: Tensor): Tensor {
  const { tape } = scope
  const result = output(scope, x.shape, x.elementSize, 'sigmoid output')
  if (needsGrad(tape, x)) {
    result.requiresGrad = true
    result.node = new GradNode(tape, [edgeOf(x)], [result.storage], () => [gradient(tape, x.shape, x.elementSize)])
  }
  return result
}

/** F.linear over a weight that is itself computed: autocast casts it again on every call and keeps no copy. */
export function linearOver (scope: Scope, x: Tensor, weight: Tensor, extent: Shape): Tensor {
  const { tape } = scope
  const size = tape.autocast || x.elementSize
  const used = cast(scope, weight, size, 'weight in the autocast type')
  const input = cast(scope, x, size, 'input in the autocast type')
  let node: GradNode | null = null
  if (needsGrad(tape, input, used)) {
    const edges = [edgeOf(input), edgeOf(used)]
    const saves = [...(input.requiresGrad ? [used.storage] : []), ...(used.requiresGrad ? [input.storage] : [])]
    node = new GradNode(tape, edges, saves, () => {
      const made = [used, input].map((t, i) => edges[1 - i] ? gradient(tape, t.shape, size) : null)
      for (const storage of made) if (storage) storage.isView = true
      return [made[1] ?? null, made[0] ?? null]
    })
  }
  const result = output(scope, extent, size, 'output', node)
  scope.drop(...[used, input].filter((t) => t !== weight && t !== x))
  return result
}
