import { edgeOf, GradNode, Tensor, type Scope, type Shape, type Storage, type Tape } from '../tape/index.ts'
import { gradient, needsGrad, output } from './elementwise.ts'

/* Indexing, selection and sums over part of a tensor: the operations of routing (tools/autograd/derivatives.yaml). */

/** int64, as torch makes indices. */
export const INDEX_SIZE = 8

/** `x[index]` along the first dimension, or `x.gather(1, index)`: keeps the index; backward adds into zeros of x's extent, in place. */
export function select (scope: Scope, x: Tensor, index: Tensor, extent: Shape, role: string): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, x) ? new GradNode(tape, [edgeOf(x)], [index.storage], () => [gradient(tape, x.shape, x.elementSize)]) : null
  return output(scope, extent, x.elementSize, role, node)
}

/** torch.topk: keeps the indices; backward scatters into zeros (value_selecting_reduction_backward). */
export function topk (scope: Scope, x: Tensor, extent: Shape, role: string): { values: Tensor, indices: Tensor } {
  const { tape } = scope
  const values = output(scope, extent, x.elementSize, role)
  const indices = output(scope, extent, INDEX_SIZE, `indices of ${role}`)
  if (needsGrad(tape, x)) {
    values.requiresGrad = true
    values.node = new GradNode(tape, [edgeOf(x)], [indices.storage], () => [gradient(tape, x.shape, x.elementSize)])
  }
  return { values, indices }
}

/** x.view(groups, k, …).sum(1): backward writes the expanded gradient out. Autocast sums in fp32 without a copy of the input (fp32_set_opt_dtype). */
export function sumGroups (scope: Scope, x: Tensor, extent: Shape, role: string): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, x) ? new GradNode(tape, [edgeOf(x)], [], () => [gradient(tape, x.shape, x.elementSize)]) : null
  return output(scope, extent, tape.autocast ? 4 : x.elementSize, role, node)
}

/** x.sum(-1, keepdim), in fp32 under autocast: backward is an expanded view. */
export function sumRows (scope: Scope, x: Tensor, rows: Shape, role: string): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, x) ? new GradNode(tape, [edgeOf(x)], [], (g) => [tape.retain(g)]) : null
  return output(scope, rows, tape.autocast ? 4 : x.elementSize, role, node)
}

/**
 * `x /= divisor`, one divisor per row: in place, but the divisor's gradient needs x as it was, so autograd clones it first.
 * Consumes the handle on x.
 */
export function divideRowsInPlace (scope: Scope, x: Tensor, divisor: Tensor): Tensor {
  const { tape } = scope
  let node: GradNode | null = null
  if (needsGrad(tape, x, divisor)) {
    const original = output(scope, x.shape, x.elementSize, 'clone for the gradient')
    node = divisionNode(scope, x, divisor, original)
    scope.drop(original)
  }
  tape.retain(x.storage)
  const result = scope.own(new Tensor(x.storage, x.shape, x.elementSize, node !== null, node))
  scope.drop(x)
  return result
}

/** x / divisor, one divisor per row, in the wider type. */
export function divideRows (scope: Scope, x: Tensor, divisor: Tensor, role: string): Tensor {
  const node = needsGrad(scope.tape, x, divisor) ? divisionNode(scope, x, divisor, x) : null
  return output(scope, x.shape, Math.max(x.elementSize, divisor.elementSize), role, node)
}

/** Both gradients of a division: −g · (x / d / d) summed over the row, then g / d. */
function divisionNode ({ tape }: Scope, x: Tensor, divisor: Tensor, kept: Tensor): GradNode {
  const size = x.elementSize
  return new GradNode(tape, [edgeOf(x), edgeOf(divisor)], [kept.storage, divisor.storage], () => {
    const temporaries = [1, 2, 3].map(() => gradient(tape, x.shape, size))
    const product = gradient(tape, x.shape, size)
    for (const temporary of temporaries) tape.release(temporary)
    const own = gradient(tape, x.shape, size)
    const rows = gradient(tape, divisor.shape, size)
    tape.release(product)
    return [own, rows]
  })
}

/**
 * x · weight, one weight per row, in the wider type. Backward makes both products in full; the engine then fits each to its
 * operand in turn (engine.cpp validate_outputs): x's to its type, the weight's by a sum over the row.
 */
export function weightRows (scope: Scope, x: Tensor, weights: Tensor, role: string): Tensor {
  const { tape } = scope
  const size = Math.max(x.elementSize, weights.elementSize)
  let node: GradNode | null = null
  if (needsGrad(tape, x, weights)) {
    const edges = [edgeOf(x), edgeOf(weights)]
    const saves = [...(weights.requiresGrad ? [x.storage] : []), ...(x.requiresGrad ? [weights.storage] : [])]
    node = new GradNode(tape, edges, saves, () => edges.map((edge) => edge ? gradient(tape, x.shape, size) : null))
    node.fit = (made) => [x, weights].map((operand, i) => {
      let result = made[i] ?? null
      if (result && operand.elements !== x.elements) result = replaced(tape, result, operand.shape, size)
      if (result && operand.elementSize !== size) result = replaced(tape, result, operand.shape, operand.elementSize)
      return result
    })
  }
  return output(scope, x.shape, size, role, node)
}

function replaced (tape: Tape, old: Storage, extent: Shape, elementSize: number): Storage {
  const result = gradient(tape, extent, elementSize)
  tape.release(old)
  return result
}
