import { edgeOf, GradNode, shape, type Scope, type Tensor } from '../../../tape/index.ts'
import { cast, gradient, needsGrad, output, passThrough, scale } from '../../elementwise.ts'
import { divideRows, INDEX_SIZE, select, sumRows } from '../../indexing.ts'
import { routerLinear, routerOf, routerWeight, type RouterMaker } from '../../moe/routers.ts'

/**
 * transformers DeepseekV4TopKRouter and DeepseekV4HashRouter: the root of softplus in the logits' own type (fp32 under autocast), a
 * correction for the choice only, or experts that the token's id decides; weights that add up to 1, scaled.
 */
export function sqrtSoftplusRouter (hashed: boolean): RouterMaker {
  return (builder, sizes) => {
    const { vocabulary } = builder.run
    const weight = routerWeight(builder, sizes)
    if (hashed) builder.buffer('router', shape(vocabulary, sizes.perToken), INDEX_SIZE, 'experts of each token id')
    else builder.buffer('router', shape(sizes.experts), builder.weightSize, 'score correction')
    return routerOf((scope, x) => {
      const logits = routerLinear(scope, x, weight, sizes)
      const scores = rootOfSoftplus(scope, logits)
      if (!hashed) {
        const corrected = output(scope, sizes.scores, scores.elementSize, 'corrected scores')
        scope.drop(output(scope, sizes.chosen, scores.elementSize, 'best corrected scores'), corrected)
      }
      const indices = output(scope, sizes.chosen, INDEX_SIZE, 'indices of the best scores')
      const chosen = select(scope, scores, indices, sizes.chosen, 'chosen scores')
      const sum = sumRows(scope, chosen, sizes.rows, 'sum of weights')
      const denominator = passThrough(scope, sum, 'denominator')
      scope.drop(sum)
      const weights = divideRows(scope, chosen, denominator, 'weights')
      scope.drop(chosen, denominator)
      return { weights: scale(scope, weights, 'scaled weights'), indices, logits }
    }, weight)
  }
}

/** softplus keeps its input, sqrt its result. */
function rootOfSoftplus (scope: Scope, logits: Tensor): Tensor {
  const { tape } = scope
  const wide = tape.autocast ? cast(scope, logits, 4, 'logits in fp32') : logits
  const backward = () => [gradient(tape, wide.shape, wide.elementSize)]
  const soft = output(scope, wide.shape, wide.elementSize, 'softplus', needsGrad(tape, wide) ? new GradNode(tape, [edgeOf(wide)], [wide.storage], backward) : null)
  const root = output(scope, wide.shape, wide.elementSize, 'scores')
  if (needsGrad(tape, soft)) {
    root.requiresGrad = true
    root.node = new GradNode(tape, [edgeOf(soft)], [root.storage], () => {
      const twice = gradient(tape, wide.shape, wide.elementSize)
      const made = backward()
      tape.release(twice)
      return made
    })
  }
  scope.drop(soft)
  if (wide !== logits) scope.drop(wide)
  return root
}
