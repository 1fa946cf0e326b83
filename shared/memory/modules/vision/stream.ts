import { edgeOf, GradNode, Scope, Tensor, type Shape } from '../../tape/index.ts'
import { add, gradient, needsGrad, output } from '../elementwise.ts'
import { layerNorm } from '../layerNorm.ts'
import type { Parameter } from '../linear.ts'

/*
 * The stream of a tower whose patches come from a convolution: [n, p, c] that lies in memory as [n, c, p], and stays so through
 * every residual sum, since the first operand decides (ATen TensorIterator reorder_dimensions).
 */

/** The patches of a convolution as a stream: flatten(2).transpose(1, 2), a view. */
export function patchesFirst (scope: Scope, patches: Tensor, extent: Shape): Tensor {
  scope.tape.retain(patches.storage)
  const view = new Tensor(patches.storage, extent, patches.elementSize, patches.requiresGrad, patches.node, patches.leaf)
  view.tokensLast = true
  return scope.own(view)
}

/** stream + other, in the stream's layout. */
export function addToStream (scope: Scope, stream: Tensor, other: Tensor, role = 'sum'): Tensor {
  const sum = add(scope, stream, other, role)
  sum.tokensLast = stream.tokensLast
  return sum
}

/** A linear layer's output whose gradient arrives in the stream's layout: its reshape to rows copies. Takes the handle over. */
export function turnedGradient (scope: Scope, x: Tensor): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, x) ? new GradNode(tape, [edgeOf(x)], [], () => [gradient(tape, x.shape, x.elementSize)]) : null
  tape.retain(x.storage)
  const view = scope.own(new Tensor(x.storage, x.shape, x.elementSize, node !== null, node))
  scope.drop(x)
  return view
}

/** nn.LayerNorm of the stream: the CUDA kernel makes a contiguous copy of it for as long as it runs, in both passes (layer_norm_kernel.cu expect_contiguous). */
export function streamLayerNorm (caller: Scope, x: Tensor, weight: Parameter, bias: Parameter, rows: Shape): Tensor {
  if (!x.tokensLast) return layerNorm(caller, x, { weight, bias }, rows)
  const scope = new Scope(caller.tape)
  const { tape } = caller
  const size = tape.autocast ? Math.max(4, x.elementSize) : x.elementSize
  const result = layerNorm(scope, x, { weight, bias }, rows, [x.shape, size, 'contiguous copy of the input'])
  return scope.return(result, caller)
}

/** nn.Embedding of all positions at once, [1, p, c], or of `indices`, which it keeps: backward makes a dense gradient of the table. */
export function positionRows (scope: Scope, table: Parameter, extent: Shape, indices: Tensor | null = null): Tensor {
  const { tape } = scope
  tape.module = 'position_embedding'
  const node = needsGrad(tape, table) ? new GradNode(tape, [table.leaf], indices ? [indices.storage] : [], () => [tape.allocate(table.shape, table.elementSize, 'weight gradient', 'gradients')]) : null
  return output(scope, extent, table.elementSize, 'output', node)
}
