import { Scope, shape, type Tensor } from '../../tape/index.ts'
import type { ModelBuilder } from '../builder.ts'
import { cast, softmax } from '../elementwise.ts'
import { divideRowsInPlace, sumRows, topk } from '../indexing.ts'
import { linear, type Parameter } from '../linear.ts'
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

/** `return router_logits, weights, indices`: all three stay with the caller, who keeps the logits in an unused name. */
function leave (scope: Scope, caller: Scope, weights: Tensor, indices: Tensor, logits: Tensor): Routing {
  scope.hand(logits, caller)
  const routing = { weights: scope.hand(weights, caller), indices: scope.hand(indices, caller) }
  scope.close()
  return routing
}
