import { edgeOf, GradNode, SCALAR, Tensor, type Scope, type Shape } from '../tape/index.ts'
import { cast, gradient, needsGrad, output } from './elementwise.ts'

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

/** torch.clamp at one bound or two: keeps its input; backward compares it with each. */
export function clamp (scope: Scope, x: Tensor, bounds: 1 | 2): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, x)
    ? new GradNode(tape, [edgeOf(x)], [x.storage], () => {
      const temporaries = [gradient(tape, SCALAR, x.elementSize), ...Array.from({ length: bounds }, () => gradient(tape, x.shape, 1))]
      const result = gradient(tape, x.shape, x.elementSize)
      for (const temporary of temporaries) tape.release(temporary)
      return [result]
    })
    : null
  return output(scope, x.shape, x.elementSize, 'clamped', node)
}

/** `x.add_(y)` of equal extents: both gradients are the result's. Consumes the handle on x. */
export function addInPlace (scope: Scope, x: Tensor, y: Tensor): Tensor {
  const { tape } = scope
  const edges = [edgeOf(x), edgeOf(y)]
  const node = needsGrad(tape, x, y) ? new GradNode(tape, edges, [], (g) => edges.map((edge) => edge ? tape.retain(g) : null)) : null
  tape.retain(x.storage)
  const result = scope.own(new Tensor(x.storage, x.shape, x.elementSize, node !== null, node))
  scope.drop(x)
  return result
}
