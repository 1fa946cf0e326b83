import { edgeOf, GradNode, shape, type Scope, type Shape, type Tensor } from '../../tape/index.ts'
import { cast, gradient, needsGrad, output, passThrough, scale, softmax } from '../elementwise.ts'
import { divideRows, INDEX_SIZE, select, sumRows, topk } from '../indexing.ts'
import { chosenGroupsMask } from './groups.ts'
import { sigmoid } from '../functional.ts'
import { routerLinear, routerOf, routerWeight, scaledWeights, wideLinear, type RouterMaker } from './routers.ts'
import type { ExpertSizes } from './sizes.ts'

/* Routers whose weights are scaled by a number, after DeepSeek's manner. */

/** Softmax in the logits' own type, fp32 under autocast; experts in groups; weights that add up to 1 (transformers Mistral4TopkRouter.forward). */
export function groupedSoftmaxRouter (options: { readonly normalizes: boolean, readonly groups: number, readonly chosenGroups: number }): RouterMaker {
  return (builder, sizes) => {
    const weight = routerWeight(builder, sizes)
    return routerOf((scope, x) => {
      const logits = routerLinear(scope, x, weight, sizes)
      const size = scope.tape.autocast ? 4 : logits.elementSize
      const wide = cast(scope, logits, size, 'logits in fp32')
      const scores = softmax(scope, wide, size)
      if (wide !== logits) scope.drop(wide)
      const mask = chosenGroupsMask(scope, sizes, options.groups, options.chosenGroups, 'sum-of-two', size)
      const masked = output(scope, sizes.scores, size, 'scores of chosen groups')
      const indices = bestOf(scope, sizes, size)
      const weights = scaledWeights(scope, scores, indices, sizes, options.normalizes)
      scope.drop(masked, mask)
      return { weights, indices, logits }
    }, weight)
  }
}

export interface SigmoidRouterOptions {
  /** nn.Linear of that name, which can be quantized and adapted; absent: a bare weight. */
  readonly linear?: string
  /** Input and weight are cast to fp32 before they are multiplied. */
  readonly wide?: boolean
  /** The correction is a parameter that is not trained; absent: a buffer in fp32. */
  readonly correction?: 'frozen'
  /** A small number is added to the sum of the weights. */
  readonly epsilon?: boolean
  /** The weights are multiplied by a number. */
  readonly scales?: boolean
  /** The weights return to the input's type. */
  readonly castsBack?: boolean
}

/** Sigmoid scores in fp32, a correction for the choice only, no groups, weights that add up to 1 (transformers HYV3TopKRouter, AfmoeTokenChoiceRouter, LagunaTopKRouter). */
export function plainSigmoidRouter (options: SigmoidRouterOptions): RouterMaker {
  return (builder, sizes) => {
    const projection = options.linear ? builder.linear(options.linear, sizes.experts, sizes.hiddenSize, sizes.scores, false) : null
    const weight = projection ? null : routerWeight(builder, sizes)
    if (options.correction === 'frozen') builder.frozen('router', shape(sizes.experts))
    else builder.buffer('router', shape(sizes.experts), 4, 'score correction')
    return routerOf((scope, x) => {
      const product = projection ? projection.apply(scope, x) : options.wide ? wideLinear(scope, x, weight!, sizes) : routerLinear(scope, x, weight!, sizes)
      const logits = options.wide ? product : cast(scope, product, 4, 'logits in fp32')
      if (logits !== product) scope.drop(product)
      const scores = sigmoid(scope, logits)
      const corrected = output(scope, sizes.scores, 4, 'corrected scores')
      // The values of this topk keep a name.
      output(scope, sizes.chosen, 4, 'best corrected scores')
      const indices = output(scope, sizes.chosen, INDEX_SIZE, 'indices of the best scores')
      if (options.linear) scope.drop(corrected)
      const chosen = select(scope, scores, indices, sizes.chosen, 'chosen scores')
      let denominator = sumRows(scope, chosen, sizes.rows, 'sum of weights')
      if (options.epsilon) {
        const sum = denominator
        denominator = passThrough(scope, sum, 'denominator')
        scope.drop(sum)
      }
      let weights = divideRows(scope, chosen, denominator, 'weights')
      scope.drop(chosen)
      const rebind = (next: Tensor): void => {
        if (next !== weights) scope.drop(weights)
        weights = next
      }
      if (options.scales) rebind(scale(scope, weights, 'scaled weights'))
      if (options.castsBack) rebind(cast(scope, weights, x.elementSize, 'weights in the input type'))
      return { weights, indices, logits }
    }, weight)
  }
}

/** An nn.Linear, softmax in its own type, weights divided by their sum (transformers DbrxRouter, DbrxFFN.route_tokens_to_experts). */
export const narrowSoftmaxRouter: RouterMaker = (builder, sizes) => {
  const layer = builder.linear('layer', sizes.experts, sizes.hiddenSize, sizes.scores, false)
  return routerOf((scope, x) => {
    const logits = layer.apply(scope, x)
    const probabilities = softmax(scope, logits, logits.elementSize)
    const best = topk(scope, probabilities, sizes.chosen, 'largest probabilities')
    const sum = normRows(scope, best.values, sizes.rows)
    const weights = divideRows(scope, best.values, sum, 'weights')
    scope.drop(best.values, sum)
    return { weights, indices: best.indices, logits }
  })
}

/** torch.norm(x, p=1, dim=-1): keeps x and its result. */
function normRows (scope: Scope, x: Tensor, rows: Shape): Tensor {
  const { tape } = scope
  const result = output(scope, rows, x.elementSize, 'sum of weights')
  if (needsGrad(tape, x)) {
    result.requiresGrad = true
    result.node = new GradNode(tape, [edgeOf(x)], [x.storage, result.storage], () => [gradient(tape, x.shape, x.elementSize)])
  }
  return result
}

function bestOf (scope: Scope, { chosen }: ExpertSizes, size: number): Tensor {
  const values = output(scope, chosen, size, 'best scores')
  const indices = output(scope, chosen, INDEX_SIZE, 'indices of the best scores')
  scope.drop(values)
  return indices
}
