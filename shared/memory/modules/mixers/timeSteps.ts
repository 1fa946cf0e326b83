import { edgeOf, GradNode, Scope, type Shape, type Tensor } from '../../tape/index.ts'
import { cast, gradient, needsGrad, output } from '../elementwise.ts'
import { castWeight, type Parameter } from '../linear.ts'
import { reciprocalRms } from '../normalization.ts'
import { asView, times } from './operations.ts'

/** transformers FalconMambaWeightlessRMSNorm.forward */
export function weightlessRmsNorm (caller: Scope, x: Tensor, rows: Shape): Tensor {
  const scope = new Scope(caller.tape)
  const wide = cast(scope, x, 4, 'in fp32')
  const rstd = reciprocalRms(scope, wide, rows, false)
  const normalized = times(scope, wide, rstd, x.shape, 'normalized')
  if (wide !== x) scope.drop(wide)
  scope.drop(rstd)
  return scope.return(cast(scope, normalized, x.elementSize, 'output'), caller)
}

/**
 * torch.matmul of a weight [d, r] with x [b, s, r] transposed (ATen native/Linear.cpp should_fold): a trained weight is multiplied with
 * all rows at once and the result copied into its order; a frozen one in a bmm over the rows.
 */
export function weightTimes (scope: Scope, weight: Parameter, x: Tensor, extent: Shape): Tensor {
  const { tape } = scope
  const size = tape.autocast || x.elementSize
  const narrowX = cast(scope, x, size, 'input in the autocast type')
  const used: Tensor = weight.elementSize > size ? castWeight(scope, weight, size) : weight
  const folds = weight.requiresGrad
  let node: GradNode | null = null
  if (needsGrad(tape, narrowX, used)) {
    const edges = [edgeOf(narrowX), edgeOf(used)]
    const saves = [...(weight.requiresGrad ? [narrowX.storage] : []), ...(narrowX.requiresGrad ? [used.storage] : [])]
    node = new GradNode(tape, edges, saves, () => {
      const dWeight = edges[1] ? asView(tape.allocate(weight.shape, size, 'weight gradient', 'gradients')) : null
      return [edges[0] ? asView(gradient(tape, narrowX.shape, size)) : null, dWeight]
    })
    const severalRows = x.shape.dimensions[0]!.size > 1
    if (folds) node = new GradNode(tape, [node], [], (g) => [severalRows ? gradient(tape, extent, size) : tape.retain(g)])
  }
  const product = output(scope, extent, size, 'output', node)
  scope.drop(...[narrowX, used].filter((t) => t !== x && t !== weight && (t !== used || !weight.requiresGrad)))
  if (!folds) return product
  const ordered = output(scope, extent, size, 'output, tokens last', product.node)
  scope.drop(product)
  return ordered
}
