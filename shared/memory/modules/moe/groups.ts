import { dimension, shape, type Scope, type Shape, type Tensor } from '../../tape/index.ts'
import { output } from '../elementwise.ts'
import { INDEX_SIZE } from '../indexing.ts'
import type { ExpertSizes } from './sizes.ts'

/**
 * The flags of the experts outside the best groups. A group counts by the sum of its two best scores (DeepSeek V3) or by its
 * best one (DeepSeek V2). None of it is differentiated.
 */
export function chosenGroupsMask (scope: Scope, { scores, experts }: ExpertSizes, groups: number, chosen: number, by: 'sum-of-two' | 'max', size = 4): Tensor {
  const [tokens] = scores.dimensions
  const perRow = (n: number): Shape => shape(tokens!, dimension('', n))
  const each = by === 'max' ? 1 : 2
  const best = output(scope, perRow(groups * each), size, by === 'max' ? 'group scores' : 'best scores of each group')
  const bestIndices = output(scope, perRow(groups * each), INDEX_SIZE, 'their indices')
  if (by === 'sum-of-two') {
    output(scope, perRow(groups), size, 'group scores')
    scope.drop(best)
  }
  scope.drop(bestIndices)
  const values = output(scope, perRow(chosen), size, 'best groups')
  output(scope, perRow(chosen), INDEX_SIZE, 'indices of the best groups')
  scope.drop(values)
  output(scope, perRow(groups), size, 'group mask')
  // The mask of one group, or of one expert a group, is a view.
  if (groups > 1 && groups < experts.size) output(scope, scores, size, 'score mask')
  const flags = output(scope, scores, 1, 'score mask as flags')
  const mask = output(scope, scores, 1, 'inverted score mask')
  scope.drop(flags)
  return mask
}
