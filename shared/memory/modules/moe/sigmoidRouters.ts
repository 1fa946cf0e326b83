import { shape } from '../../tape/index.ts'
import { cast, output } from '../elementwise.ts'
import { divideRowsInPlace, INDEX_SIZE, select, sumRows } from '../indexing.ts'
import { chosenGroupsMask } from './groups.ts'
import { sigmoid } from '../functional.ts'
import { chooseBest, routerLinear, routerOf, routerWeight, scaledWeights, wideLinear, type RouterMaker } from './routers.ts'

/**
 * Sigmoid scores in fp32 with a correction for the choice only, experts in groups (transformers DeepseekV3TopkRouter.forward):
 * input and weight are cast for the logits. What decides the choice has no gradient that anybody asks for.
 */
export function groupedSigmoidRouter (options: { readonly normalizes: boolean, readonly groups: number, readonly chosenGroups: number }): RouterMaker {
  return (builder, sizes) => {
    const weight = routerWeight(builder, sizes)
    builder.buffer('router', shape(sizes.experts), 4, 'score correction')
    return routerOf((scope, x) => {
      const logits = wideLinear(scope, x, weight, sizes)
      const scores = sigmoid(scope, logits)
      const corrected = output(scope, sizes.scores, 4, 'corrected scores')
      const mask = chosenGroupsMask(scope, sizes, options.groups, options.chosenGroups, 'sum-of-two')
      const masked = output(scope, sizes.scores, 4, 'scores of chosen groups')
      scope.drop(corrected)
      const indices = chooseBest(scope, sizes)
      const weights = scaledWeights(scope, scores, indices, sizes, options.normalizes)
      scope.drop(masked, mask)
      return { weights, indices, logits }
    }, weight)
  }
}

/** Logits in the weights' type, sigmoid in fp32, no groups (transformers MiniMaxM2TopKRouter.forward). */
export const sigmoidRouter: RouterMaker = (builder, sizes) => {
  const weight = routerWeight(builder, sizes)
  builder.buffer('router', shape(sizes.experts), 4, 'score correction')
  return routerOf((scope, x) => {
    const logits = routerLinear(scope, x, weight, sizes)
    const wide = cast(scope, logits, 4, 'logits in fp32')
    const scores = sigmoid(scope, wide)
    if (wide !== logits) scope.drop(wide)
    output(scope, sizes.scores, 4, 'corrected scores')
    output(scope, sizes.chosen, 4, 'best scores')
    const indices = output(scope, sizes.chosen, INDEX_SIZE, 'indices of the best scores')
    const chosen = select(scope, scores, indices, sizes.chosen, 'chosen scores')
    const sum = sumRows(scope, chosen, sizes.rows, 'sum of weights')
    const weights = divideRowsInPlace(scope, chosen, sum)
    scope.drop(sum)
    return { weights, indices, logits }
  }, weight)
}
