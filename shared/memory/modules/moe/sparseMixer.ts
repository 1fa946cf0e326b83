import { edgeOf, GradNode, type Scope, type Tensor } from '../../tape/index.ts'
import { gradient, needsGrad, output } from '../elementwise.ts'
import { INDEX_SIZE } from '../indexing.ts'
import { concatenate } from '../views.ts'
import { routerLinear, routerOf, routerWeight, type RouterMaker } from './routers.ts'
import type { ExpertSizes } from './sizes.ts'

/**
 * SparseMixer-v2 for two experts (transformers models/phimoe/modeling_phimoe.py sparsemixer, PhimoeMultiplier): each is drawn
 * from a masked softmax of the scores, and only the multiplier's own backward brings a gradient to the scores.
 */
export const sparseMixerRouter: RouterMaker = (builder, sizes) => {
  const weight = routerWeight(builder, sizes)
  return routerOf((scope, x) => {
    const logits = routerLinear(scope, x, weight, sizes)
    const first = draw(scope, logits, sizes)
    output(scope, sizes.scores, logits.elementSize, 'scores without the first expert')
    const second = draw(scope, logits, sizes)
    const weights = concatenate(scope, [first.multiplier, second.multiplier], sizes.chosen, 'multipliers')
    const indices = output(scope, sizes.chosen, INDEX_SIZE, 'drawn experts')
    return { weights, indices, logits }
  }, weight)
}

function draw (scope: Scope, scores: Tensor, { scores: all, rows }: ExpertSizes): { multiplier: Tensor } {
  const { tape } = scope
  const size = scores.elementSize
  const wide = tape.autocast ? 4 : size
  const temporary = (role: string, elementSize = size): Tensor => output(scope, all, elementSize, role)
  const mask = thresholdMask(scope, all, rows, size)
  const masked = temporary('masked scores')
  const noise = temporary('noise')
  const logarithm = temporary('log of the noise', wide)
  scope.drop(noise)
  const perturbed = temporary('perturbed scores', wide)
  scope.drop(logarithm)
  const best = output(scope, rows, wide, 'best perturbed score')
  const expert = output(scope, rows, INDEX_SIZE, 'drawn expert')
  scope.drop(perturbed, best)
  const probabilities = temporary('masked softmax', wide)
  scope.drop(masked)
  const probability = output(scope, rows, wide, 'probability of the drawn expert')
  output(scope, rows, wide, 'largest probability')
  output(scope, rows, INDEX_SIZE, 'its index')
  output(scope, rows, wide, 'midpoint mask')
  let node: GradNode | null = null
  if (needsGrad(tape, scores)) {
    const kept = [probability, expert, probabilities, mask].map((t) => t.storage)
    node = new GradNode(tape, [edgeOf(scores)], kept, () => {
      const [scaled, negated] = [gradient(tape, rows, wide), gradient(tape, rows, wide)]
      const result = gradient(tape, all, wide)
      tape.release(negated)
      tape.release(scaled)
      return [result]
    })
    if (wide !== size) {
      node.fit = ([made]) => {
        const narrow = gradient(tape, all, size)
        if (made) tape.release(made)
        return [narrow]
      }
    }
  }
  return { multiplier: output(scope, rows, wide, 'multiplier', node) }
}

/** ((max − scores) / |scores| clamped) > 2 · jitter, without a gradient. */
function thresholdMask (scope: Scope, all: ExpertSizes['scores'], rows: ExpertSizes['rows'], size: number): Tensor {
  const maximum = output(scope, rows, size, 'maximum')
  output(scope, rows, INDEX_SIZE, 'its index')
  const absolute = output(scope, all, size, '|scores|')
  const factor = output(scope, all, size, 'factor')
  scope.drop(absolute)
  const difference = output(scope, all, size, 'distance from the maximum')
  const ratio = output(scope, all, size, 'relative distance')
  scope.drop(difference)
  const mask = output(scope, all, 1, 'mask of distant scores')
  scope.drop(ratio, maximum, factor)
  return mask
}
