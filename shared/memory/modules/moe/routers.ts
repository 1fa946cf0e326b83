import { Scope, shape, type Tensor } from '../../tape/index.ts'
import type { ModelBuilder } from '../builder.ts'
import { cast, output, passThrough, scale } from '../elementwise.ts'
import { divideRowsInPlace, INDEX_SIZE, select, sumRows } from '../indexing.ts'
import { linear, type Parameter } from '../linear.ts'
import { linearOver } from '../functional.ts'
import type { ExpertSizes, Routing } from './sizes.ts'

/** Decides which experts see which token. What it makes belongs to the caller's frame; the logits stay in it too. */
export interface Router {
  route (caller: Scope, x: Tensor): Routing
}

export type RouterMaker = (builder: ModelBuilder, sizes: ExpertSizes) => Router

/** A router whose `run` makes weights, indices and logits in a frame of its own. */
export function routerOf (run: (scope: Scope, x: Tensor) => { weights: Tensor, indices: Tensor, logits: Tensor }, weight: Parameter | null = null): Router {
  return {
    route (caller: Scope, x: Tensor): Routing {
      const wrapper = weight?.routerAdapter ? new Scope(caller.tape) : null
      if (wrapper) weight!.routerAdapter!.activate(wrapper)
      const scope = new Scope(caller.tape)
      scope.tape.module = 'router'
      const { weights, indices, logits } = run(scope, x)
      // `return router_logits, weights, indices`: all three stay with the caller, who keeps the logits in an unused name.
      const handed = scope.hand(logits, caller)
      const routing = { weights: scope.hand(weights, caller), indices: scope.hand(indices, caller), logits: handed }
      scope.close()
      wrapper?.close()
      return routing
    }
  }
}

/** [E, h], a bare parameter: never quantized. */
export const routerWeight = (builder: ModelBuilder, { experts, hiddenSize }: ExpertSizes): Parameter => builder.adaptRouter(builder.base('router', shape(experts, hiddenSize)))

/** F.linear over the router's weight, with its adapter where it has one. */
export function routerLinear (scope: Scope, x: Tensor, weight: Parameter, { scores }: ExpertSizes, bias: Parameter | null = null): Tensor {
  return weight.routerAdapter ? linearOver(scope, x, weight.routerAdapter.apply(scope), scores) : linear(scope, x, weight, scores, bias)
}

/** `F.linear(x.float(), weight.float())`: under autocast the casts are cast once more, unless it is off for the router. */
export function wideLinear (scope: Scope, x: Tensor, weight: Parameter, { scores }: ExpertSizes): Tensor {
  const input = cast(scope, x, 4, 'input in fp32')
  const used = weight.routerAdapter?.apply(scope) ?? weight
  const wide = cast(scope, used, 4, 'weight in fp32')
  const logits = linearOver(scope, input, wide, scores)
  scope.drop(...[input, wide].filter((t) => t !== x && t !== used))
  return logits
}

/** The indices of torch.topk alone. */
export function chooseBest (scope: Scope, { chosen }: ExpertSizes): Tensor {
  const values = output(scope, chosen, 4, 'best scores')
  const indices = output(scope, chosen, INDEX_SIZE, 'indices of the best scores')
  scope.drop(values)
  return indices
}

/** The scores of the experts that were chosen, adding up to 1 where they are to, times a number (transformers DeepseekV3TopkRouter.forward). */
export function scaledWeights (scope: Scope, scores: Tensor, indices: Tensor, { chosen, rows }: ExpertSizes, normalizes: boolean): Tensor {
  let weights = select(scope, scores, indices, chosen, 'chosen scores')
  if (normalizes) {
    const sum = sumRows(scope, weights, rows, 'sum of weights')
    const denominator = passThrough(scope, sum, 'denominator')
    scope.drop(sum)
    weights = divideRowsInPlace(scope, weights, denominator)
  }
  const scaled = scale(scope, weights, 'scaled weights')
  scope.drop(weights)
  return scaled
}
