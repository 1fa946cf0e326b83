import { edgeOf, GradNode, Scope, type Shape, type Tensor } from '../tape/index.ts'
import { cast, gradient, multiply, needsGrad, output, passThrough } from './elementwise.ts'
import type { Parameter } from './linear.ts'
import { reciprocalRms } from './normalization.ts'

/** Weight and bias of a LayerNorm; null where it has none. */
export interface LayerNormWeights {
  readonly weight: Tensor | null
  readonly bias: Tensor | null
}

/**
 * F.layer_norm (ATen native/cuda/layer_norm_kernel.cu): keeps its input, weight, and mean and reciprocal deviation in fp32.
 * Autocast runs it in fp32, weights cast too. `copy`: what the kernel itself makes for as long as it runs, in both passes.
 */
export function layerNorm (
  caller: Scope, x: Tensor, { weight, bias }: LayerNormWeights, rows: Shape, copy: readonly [Shape, number, string] | null = null
): Tensor {
  const { tape } = caller
  const scope = new Scope(tape)
  const wide = (t: Tensor): Tensor => tape.autocast ? cast(scope, t, 4, 'in fp32') : t
  const input = wide(x)
  const scaling = weight && wide(weight)
  const shift = bias && wide(bias)
  const result = output(scope, input.shape, input.elementSize, 'output')
  const mean = output(scope, rows, 4, 'mean')
  const deviation = output(scope, rows, 4, 'reciprocal deviation')
  if (copy) tape.transient(copy)
  if (needsGrad(tape, input, scaling, shift)) {
    const operands = [input, scaling, shift]
    const edges = operands.map((t) => t && edgeOf(t))
    const saves = [input, mean, deviation, ...(scaling ? [scaling] : []), ...(shift ? [shift] : [])].map((t) => t.storage)
    result.requiresGrad = true
    result.node = new GradNode(tape, edges, saves, () => {
      const made = operands.map((t, i) => t && edges[i] ? gradient(tape, t.shape, t.elementSize) : null)
      if (copy) tape.transient(copy)
      return made
    })
  }
  return scope.return(result, caller)
}

/**
 * transformers CohereLayerNorm.forward: a LayerNorm without bias written out in fp32 operations. `rows` is one value per
 * normalized vector.
 */
export function writtenOutLayerNorm (caller: Scope, x: Tensor, weight: Parameter, rows: Shape): Tensor {
  const scope = new Scope(caller.tape)
  const x32 = x.elementSize === 4 ? scope.alias(x) : cast(scope, x, 4, 'fp32 copy of the input')
  const mean = rowMean(scope, x32, rows)
  const centered = subtractRows(scope, x32, mean)
  const deviation = reciprocalRms(scope, centered, rows)
  scope.drop(centered)
  const again = subtractRows(scope, x32, mean)
  const normalized = multiply(scope, again, deviation, 'normalized')
  scope.drop(again, deviation, x32)
  const scaling = cast(scope, weight, 4, 'weight in fp32')
  const scaled = multiply(scope, normalized, scaling, 'scaled')
  scope.drop(normalized)
  return scope.return(cast(scope, scaled, x.elementSize, 'output'), caller)
}

/** x.mean(-1): backward expands and divides. */
function rowMean (scope: Scope, x: Tensor, rows: Shape): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, x) ? new GradNode(tape, [edgeOf(x)], [], () => [gradient(tape, x.shape, 4)]) : null
  return output(scope, rows, 4, 'mean', node)
}

/** x − row: backward passes the gradient to x and sums its negative down for the rows. */
function subtractRows (scope: Scope, x: Tensor, row: Tensor): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, x, row)
    ? new GradNode(tape, [edgeOf(x), edgeOf(row)], [], (g) => {
      const negated = gradient(tape, x.shape, 4)
      const summed = gradient(tape, row.shape, 4)
      tape.release(negated)
      return [tape.retain(g), summed]
    })
    : null
  return output(scope, x.shape, 4, 'centered', node)
}

/**
 * transformers NemotronLayerNorm1P.forward: F.layer_norm with weight + 1. Under autocast input, weight and bias are cast to its
 * type and the norm runs in that.
 */
export function layerNorm1P (caller: Scope, x: Tensor, weight: Parameter, bias: Parameter, rows: Shape): Tensor {
  const { tape } = caller
  const { autocast } = tape
  const scope = new Scope(tape)
  const narrow = (t: Tensor): Tensor => autocast ? cast(scope, t, autocast, 'in the autocast type') : t
  const [input, raised, shift] = [narrow(x), narrow(passThrough(scope, weight, 'weight + 1')), narrow(bias)]
  tape.autocast = 0
  const result = layerNorm(scope, input, { weight: raised, bias: shift }, rows)
  tape.autocast = autocast
  return scope.return(result, caller)
}
