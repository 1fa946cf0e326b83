import { edgeOf, GradNode, shape, type Scope, type Tensor } from '../../tape/index.ts'
import { cast, gradient, needsGrad, output, scale, softmax } from '../elementwise.ts'
import { divideRows, divideRowsInPlace, INDEX_SIZE, select, sumRows, topk } from '../indexing.ts'
import { chosenGroupsMask } from './groups.ts'
import { clamp } from '../functional.ts'
import { routerLinear, routerOf, routerWeight, wideLinear, type RouterMaker } from './routers.ts'

/**
 * Softmax over all experts in fp32, then the k largest (transformers Qwen3MoeTopKRouter.forward, MixtralTopKRouter.forward).
 * `normalizes`: their sum becomes 1. `castsBack`: the weights return to the logits' type. `linear`: the router is an
 * nn.Linear of that name, which can be quantized (HunYuanMoEV1Gate).
 */
export function softmaxRouter (options: { readonly normalizes: boolean, readonly castsBack: boolean, readonly linear?: string }): RouterMaker {
  return (builder, sizes) => {
    const projection = options.linear ? builder.linear(options.linear, sizes.experts, sizes.hiddenSize, sizes.scores, false) : null
    const weight = projection ? null : routerWeight(builder, sizes)
    return routerOf((scope, x) => {
      const logits = projection ? projection.apply(scope, x) : routerLinear(scope, x, weight!, sizes)
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
      return { weights, indices: best.indices, logits }
    }, weight)
  }
}

/**
 * The k largest logits, then softmax over them. `wide`: in fp32, and back (transformers GraniteMoeTopKRouter.forward); else in
 * the logits' type, with a bias (GptOssTopKRouter.forward).
 */
export function chosenSoftmaxRouter ({ wide }: { readonly wide: boolean }): RouterMaker {
  return (builder, sizes) => {
    const weight = routerWeight(builder, sizes)
    const bias = wide ? null : builder.base('router', shape(sizes.experts), 'bias')
    return routerOf((scope, x) => {
      const product = routerLinear(scope, x, weight, sizes, bias)
      const logits = wide ? cast(scope, product, 4, 'logits in fp32') : product
      if (logits !== product) scope.drop(product)
      const best = topk(scope, logits, sizes.chosen, 'largest logits')
      const probabilities = softmax(scope, best.values, best.values.elementSize)
      const weights = wide ? cast(scope, probabilities, x.elementSize, 'weights') : probabilities
      return { weights, indices: best.indices, logits }
    }, weight)
  }
}

/** Softmax in fp32 over fp32 logits, the k largest, scaled; of the best groups only where there are groups (transformers DeepseekV2TopkRouter.forward). */
export function scaledSoftmaxRouter ({ groups, chosenGroups }: { readonly groups: number, readonly chosenGroups: number }): RouterMaker {
  return (builder, sizes) => {
    const weight = routerWeight(builder, sizes)
    return routerOf((scope, x) => {
      const logits = wideLinear(scope, x, weight, sizes)
      const wide = cast(scope, logits, 4, 'logits in fp32')
      let scores = softmax(scope, wide, 4)
      if (wide !== logits) scope.drop(wide)
      if (groups > 1) {
        const mask = chosenGroupsMask(scope, sizes, groups, chosenGroups, 'max')
        const masked = maskedFill(scope, scores, mask)
        scope.drop(scores, mask)
        scores = masked
      }
      const best = topk(scope, scores, sizes.chosen, 'largest scores')
      const weights = scale(scope, best.values, 'scaled weights')
      scope.drop(best.values)
      return { weights, indices: best.indices, logits }
    }, weight)
  }
}

/** masked_fill: keeps the mask; backward fills the gradient likewise. */
function maskedFill (scope: Scope, x: Tensor, mask: Tensor): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, x) ? new GradNode(tape, [edgeOf(x)], [mask.storage], () => [gradient(tape, x.shape, x.elementSize)]) : null
  return output(scope, x.shape, x.elementSize, 'masked', node)
}

/** Softmax in fp32, a correction for the choice only, weights that add up to 1 (transformers Ernie4_5_MoeTopKRouter.forward, autocast off). */
export const correctedSoftmaxRouter: RouterMaker = (builder, sizes) => {
  const weight = routerWeight(builder, sizes)
  builder.buffer('router', shape(sizes.experts), weight.elementSize, 'score correction')
  return routerOf((scope, x) => {
    const { tape } = scope
    const { autocast } = tape
    tape.autocast = 0
    const logits = wideLinear(scope, x, weight, sizes)
    const probabilities = softmax(scope, logits, 4)
    const corrected = output(scope, sizes.scores, 4, 'corrected scores')
    // The values of this topk keep a name.
    output(scope, sizes.chosen, 4, 'best corrected scores')
    const indices = output(scope, sizes.chosen, INDEX_SIZE, 'indices of the best scores')
    scope.drop(corrected)
    const chosen = select(scope, probabilities, indices, sizes.chosen, 'chosen probabilities')
    const sum = sumRows(scope, chosen, sizes.rows, 'sum of weights')
    const bounded = clamp(scope, sum, 1)
    scope.drop(sum)
    const weights = divideRows(scope, chosen, bounded, 'weights in fp32')
    scope.drop(bounded, chosen, probabilities)
    tape.autocast = autocast
    const narrow = cast(scope, weights, x.elementSize, 'weights')
    return { weights: narrow, indices, logits }
  }, weight)
}
