import { edgeOf, GradNode, shape, type Scope, type Shape, type Tensor } from '../tape/index.ts'
import { narrow, type AttentionGeometry } from './attention.ts'
import { cast, gradient, matmul, needsGrad, output, passThrough, repeatHeads, scale, softmax } from './elementwise.ts'
import { INDEX_SIZE } from './indexing.ts'
import { slice } from './views.ts'

/**
 * Eager attention with one learned sink per head (transformers models/gpt_oss/modeling_gpt_oss.py eager_attention_forward): the
 * sinks are joined to the scores as one more key, the row's maximum is subtracted, softmax runs in the scores' own type, and
 * the probabilities are a view of its result. They are returned too. Layers without sinks do the rest alike, and
 * MiMo V2 `rebinds` one name to every step.
 */
export function sinkAttention (scope: Scope, q: Tensor, k: Tensor, v: Tensor, sinks: Tensor | null, at: AttentionGeometry, rebinds = false): { result: Tensor, weights: Tensor } {
  const kAll = repeatHeads(scope, k, at.keys ?? at.query)
  const vAll = repeatHeads(scope, v, at.value ?? at.keys ?? at.query)
  // One head for all queries is a view, whose rows of several sequences bmm cannot take as they are.
  const spread = kAll.storage === k.storage && kAll.elements > k.elements && at.batch.size > 1
  const fits = (t: Tensor): boolean => !scope.tape.autocast || t.elementSize <= scope.tape.autocast
  const keys = !fits(kAll) ? narrow(scope, kAll) : spread ? passThrough(scope, kAll, 'contiguous copy') : kAll
  const scores = matmul(scope, q, keys, at.scores, 'scores')
  if (keys !== kAll) scope.drop(keys)
  const scaled = scale(scope, scores)
  scope.drop(scores)
  const masked = passThrough(scope, scaled, 'masked scores')
  scope.drop(scaled)
  const [b, nh, s, t] = at.scores.dimensions
  const combined = sinks ? joinSinks(scope, masked, sinks, shape(b!, nh!, s!, { symbol: 's+1', size: t!.size + 1 })) : masked
  if (rebinds && combined !== masked) scope.drop(masked)
  const shifted = lessRowMaximum(scope, combined, shape(b!, nh!, s!))
  if (combined !== masked || rebinds) scope.drop(combined)
  const probabilities = softmax(scope, shifted, shifted.elementSize)
  const narrowWeights = slice(scope, probabilities, at.scores)
  const weights = cast(scope, narrowWeights, Math.max(v.elementSize, narrowWeights.elementSize), 'weights in the type of the values')
  if (weights !== narrowWeights) scope.drop(narrowWeights)
  scope.drop(masked)
  if (rebinds) scope.drop(shifted)
  const inOrder = vAll.storage !== v.storage || at.batch.size === 1
  const values = !fits(vAll) ? narrow(scope, vAll) : inOrder ? vAll : passThrough(scope, vAll, 'contiguous copy')
  const used = narrow(scope, weights)
  const mixed = matmul(scope, used, values, at.value ?? at.query, 'weighted values')
  if (values !== vAll) scope.drop(values)
  if (used !== weights) scope.drop(used)
  const result = passThrough(scope, mixed, 'output')
  scope.drop(mixed, shifted, probabilities, kAll, vAll)
  return { result, weights }
}

/** cat([scores, sinks expanded to every row]); backward hands out views, the sinks' summed over the rows. */
function joinSinks (scope: Scope, scores: Tensor, sinks: Tensor, extent: Shape): Tensor {
  const { tape } = scope
  let node: GradNode | null = null
  if (needsGrad(tape, scores, sinks)) {
    const expanded = sinks.requiresGrad ? new GradNode(tape, [edgeOf(sinks)], [], () => [gradient(tape, sinks.shape, sinks.elementSize)]) : null
    const edge = edgeOf(scores)
    node = new GradNode(tape, [edge, expanded], [], (g) => {
      g.isView = true
      return [edge ? tape.retain(g) : null, expanded ? tape.retain(g) : null]
    })
  }
  return output(scope, extent, scores.elementSize, 'scores with sinks', node)
}

/** x − x.max(-1): the maximum keeps its indices; its gradient is scattered into zeros. */
function lessRowMaximum (scope: Scope, x: Tensor, rows: Shape): Tensor {
  const { tape } = scope
  const maximum = output(scope, rows, x.elementSize, 'maximum')
  const indices = output(scope, rows, INDEX_SIZE, 'indices of the maximum')
  let node: GradNode | null = null
  if (needsGrad(tape, x)) {
    const chosen = new GradNode(tape, [edgeOf(x)], [indices.storage], () => [gradient(tape, x.shape, x.elementSize)])
    node = new GradNode(tape, [edgeOf(x), chosen], [], (g) => {
      const negated = gradient(tape, x.shape, x.elementSize)
      const summed = gradient(tape, rows, x.elementSize)
      tape.release(negated)
      return [tape.retain(g), summed]
    })
  }
  scope.drop(indices)
  const result = output(scope, x.shape, x.elementSize, 'scores less the maximum', node)
  scope.drop(maximum)
  return result
}
