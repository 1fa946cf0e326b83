import { edgeOf, GradNode, shape, type Scope, type Shape, type Tensor } from '../../tape/index.ts'
import { gradient, needsGrad, output, passThrough, scale } from '../elementwise.ts'
import { INDEX_SIZE, select, topk } from '../indexing.ts'
import { linear } from '../linear.ts'
import { sigmoid } from '../functional.ts'
import { routerOf, routerWeight, type RouterMaker } from './routers.ts'

/**
 * Sigmoid scores in the logits' type, an fp32 bias for the choice only, weights that add up to 1, scaled (transformers
 * Lfm2MoeTopKRouter.forward).
 */
export function biasedSigmoidRouter (options: { readonly normalizes: boolean, readonly biased: boolean }): RouterMaker {
  return (builder, sizes) => {
    const weight = routerWeight(builder, sizes)
    if (options.biased) builder.buffer('feed_forward', shape(sizes.experts), 4, 'expert bias')
    return routerOf((scope, x) => {
      const logits = linear(scope, x, weight, sizes.scores)
      const scores = sigmoid(scope, logits)
      let weights: Tensor
      let indices: Tensor
      if (options.biased) {
        output(scope, sizes.scores, 4, 'scores for the choice')
        output(scope, sizes.chosen, 4, 'best scores')
        indices = output(scope, sizes.chosen, INDEX_SIZE, 'indices of the best scores')
        weights = select(scope, scores, indices, sizes.chosen, 'chosen scores')
      } else {
        ({ values: weights, indices } = topk(scope, scores, sizes.chosen, 'best scores'))
      }
      scope.drop(scores)
      if (options.normalizes) {
        const normalized = normalize(scope, weights, sizes.rows)
        scope.drop(weights)
        weights = normalized
      }
      const scaled = scale(scope, weights, 'scaled weights')
      scope.drop(weights)
      return { weights: scaled, indices, logits }
    })
  }
}

/** x / (x.sum(-1) + 1e-6), where autocast makes the sum, and so the quotient, fp32. */
function normalize (scope: Scope, x: Tensor, rows: Shape): Tensor {
  const { tape } = scope
  const size = tape.autocast ? 4 : x.elementSize
  const summing = needsGrad(tape, x)
    ? new GradNode(tape, [edgeOf(x)], [], (g) => [size === x.elementSize ? tape.retain(g) : gradient(tape, x.shape, x.elementSize)])
    : null
  const sum = output(scope, rows, size, 'sum of weights', summing)
  const denominator = passThrough(scope, sum, 'sum of weights + ε')
  scope.drop(sum)
  const node = needsGrad(tape, x)
    ? new GradNode(tape, [edgeOf(x), edgeOf(denominator)], [x.storage, denominator.storage], () => {
      const own = gradient(tape, x.shape, size)
      const temporaries = [1, 2].map(() => gradient(tape, x.shape, size))
      const product = gradient(tape, x.shape, size)
      for (const temporary of temporaries) tape.release(temporary)
      const divisor = gradient(tape, rows, size)
      tape.release(product)
      if (size === x.elementSize) return [own, divisor]
      const narrow = gradient(tape, x.shape, x.elementSize)
      tape.release(own)
      return [narrow, divisor]
    })
    : null
  const result = output(scope, x.shape, size, 'weights', node)
  scope.drop(denominator)
  return result
}
