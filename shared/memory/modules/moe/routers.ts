import { dimension, Scope, shape, type Shape, type Tensor } from '../../tape/index.ts'
import type { ModelBuilder } from '../builder.ts'
import { cast, output, passThrough, scale, softmax } from '../elementwise.ts'
import { divideRowsInPlace, INDEX_SIZE, select, sumRows, topk } from '../indexing.ts'
import { linear, type Parameter } from '../linear.ts'
import { linearOver, sigmoid } from './operations.ts'
import type { ExpertSizes, Routing } from './sizes.ts'

/** Decides which experts see which token. What it makes belongs to the caller's frame; the logits stay in it too. */
export interface Router {
  route (caller: Scope, x: Tensor): Routing
}

export type RouterMaker = (builder: ModelBuilder, sizes: ExpertSizes) => Router

/** [E, h], a bare parameter: never quantized. */
const routerWeight = (builder: ModelBuilder, { experts, hiddenSize }: ExpertSizes): Parameter => builder.base('router', shape(experts, hiddenSize))

/**
 * Softmax over all experts in fp32, then the k largest (transformers Qwen3MoeTopKRouter.forward, MixtralTopKRouter.forward).
 * `normalizes`: their sum becomes 1. `castsBack`: the weights return to the logits' type.
 */
export function softmaxRouter (options: { readonly normalizes: boolean, readonly castsBack: boolean }): RouterMaker {
  return (builder, sizes) => {
    const weight = routerWeight(builder, sizes)
    return {
      route (caller: Scope, x: Tensor): Routing {
        const scope = new Scope(caller.tape)
        scope.tape.module = 'router'
        const logits = linear(scope, x, weight, sizes.scores)
        const wide = cast(scope, logits, 4, 'logits in fp32')
        const probabilities = softmax(scope, wide, 4)
        if (wide !== logits) scope.drop(wide)
        const best = topk(scope, probabilities, sizes.chosen, 'largest probabilities')
        let weights = best.values
        if (options.normalizes) {
          const sum = sumRows(scope, weights, sizes.rows, 'sum of weights')
          weights = divideRowsInPlace(scope, weights, sum)
          scope.drop(sum)
        }
        if (options.castsBack) {
          const narrow = cast(scope, weights, logits.elementSize, 'weights')
          if (narrow !== weights) scope.drop(weights)
          weights = narrow
        }
        return leave(scope, caller, weights, best.indices, logits)
      }
    }
  }
}

/**
 * Sigmoid scores in fp32 with a correction for the choice only, experts in groups (transformers DeepseekV3TopkRouter.forward):
 * input and weight are cast for the logits. What decides the choice has no gradient that anybody asks for.
 */
export function groupedSigmoidRouter (options: { readonly normalizes: boolean, readonly groups: number, readonly chosenGroups: number }): RouterMaker {
  return (builder, sizes) => {
    const weight = routerWeight(builder, sizes)
    builder.buffer('router', shape(sizes.experts), 4, 'score correction')
    return {
      route (caller: Scope, x: Tensor): Routing {
        const scope = new Scope(caller.tape)
        scope.tape.module = 'router'
        const logits = wideLinear(scope, x, weight, sizes)
        const scores = sigmoid(scope, logits)
        const corrected = output(scope, sizes.scores, 4, 'corrected scores')
        const mask = chosenGroupsMask(scope, sizes, options.groups, options.chosenGroups, 2)
        const masked = output(scope, sizes.scores, 4, 'scores of chosen groups')
        scope.drop(corrected)
        const indices = chooseBest(scope, sizes)
        const chosen = select(scope, scores, indices, sizes.chosen, 'chosen scores')
        let weights = chosen
        if (options.normalizes) {
          const sum = sumRows(scope, weights, sizes.rows, 'sum of weights')
          const denominator = passThrough(scope, sum, 'denominator')
          scope.drop(sum)
          weights = divideRowsInPlace(scope, weights, denominator)
        }
        const scaled = scale(scope, weights, 'scaled weights')
        scope.drop(weights, masked, mask)
        return leave(scope, caller, scaled, indices, logits)
      }
    }
  }
}

/** `F.linear(x.float(), weight.float())`: under autocast the casts are cast once more. */
function wideLinear (scope: Scope, x: Tensor, weight: Parameter, { scores }: ExpertSizes): Tensor {
  const input = cast(scope, x, 4, 'input in fp32')
  const wide = cast(scope, weight, 4, 'weight in fp32')
  const logits = linearOver(scope, input, wide, scores)
  scope.drop(...[input, wide].filter((t) => t !== x && t !== weight))
  return logits
}

/** The mask of the experts in the best groups: sums of the best `perGroup` scores of a group, the best groups, one flag per expert. */
function chosenGroupsMask (scope: Scope, { scores, experts }: ExpertSizes, groups: number, chosen: number, perGroup: number): Tensor {
  const [tokens] = scores.dimensions
  const g = dimension('groups', groups)
  const perRow = (n: number): Shape => shape(tokens!, dimension('', n))
  const best = output(scope, perRow(groups * perGroup), 4, 'best scores of each group')
  const bestIndices = output(scope, perRow(groups * perGroup), INDEX_SIZE, 'their indices')
  output(scope, shape(tokens!, g), 4, 'group scores')
  scope.drop(best, bestIndices)
  const values = output(scope, perRow(chosen), 4, 'best groups')
  output(scope, perRow(chosen), INDEX_SIZE, 'indices of the best groups')
  scope.drop(values)
  output(scope, shape(tokens!, g), 4, 'group mask')
  // One group, or one expert a group, expands to a view.
  if (groups > 1 && groups < experts.size) output(scope, scores, 4, 'score mask')
  const flags = output(scope, scores, 1, 'score mask as flags')
  const mask = output(scope, scores, 1, 'inverted score mask')
  scope.drop(flags)
  return mask
}

/** The indices of torch.topk alone. */
function chooseBest (scope: Scope, { chosen }: ExpertSizes): Tensor {
  const values = output(scope, chosen, 4, 'best scores')
  const indices = output(scope, chosen, INDEX_SIZE, 'indices of the best scores')
  scope.drop(values)
  return indices
}

/** `return router_logits, weights, indices`: all three stay with the caller, who keeps the logits in an unused name. */
function leave (scope: Scope, caller: Scope, weights: Tensor, indices: Tensor, logits: Tensor): Routing {
  scope.hand(logits, caller)
  const routing = { weights: scope.hand(weights, caller), indices: scope.hand(indices, caller) }
  scope.close()
  return routing
}
