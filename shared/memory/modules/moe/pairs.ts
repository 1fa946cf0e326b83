import { shape, type Scope, type Tensor } from '../../tape/index.ts'
import { output } from '../elementwise.ts'
import { INDEX_SIZE, select, sumGroups, weightRows } from '../indexing.ts'
import type { ExpertSizes } from './sizes.ts'

/* Pairs of a token and an expert, around grouped matmuls (transformers integrations/moe.py grouped_mm_experts_forward). */

export interface SortedPairs {
  readonly ids: Tensor
  /** The token of every pair, expert by expert. */
  readonly selected: Tensor
  /** The weight of every pair, in the same order. */
  readonly weights: Tensor
}

/** Sorts the pairs by expert and gathers their tokens. All that it makes belongs to `scope`. */
export function gatherPairs (scope: Scope, x: Tensor, weights: Tensor, { pairs, pairHidden, experts }: ExpertSizes): SortedPairs {
  const ids = output(scope, pairs, INDEX_SIZE, 'sorted expert ids')
  const permutation = output(scope, pairs, INDEX_SIZE, 'permutation')
  const source = output(scope, pairs, INDEX_SIZE, 'token of each pair')
  const selected = select(scope, x, source, pairHidden, 'gathered tokens')
  scope.drop(source)
  const sorted = select(scope, weights, permutation, pairs, 'sorted weights')
  output(scope, pairs, 4, 'expert ids for the histogram')
  for (const role of ['tokens per expert', 'offsets']) output(scope, shape(experts), 4, role)
  return { ids, selected, weights: sorted }
}

/** Weights what the experts made of the pairs, and adds it up token by token. */
export function combinePairs (scope: Scope, down: Tensor, weights: Tensor, { pairs, pairHidden, tokens }: ExpertSizes): Tensor {
  const weighted = weightRows(scope, down, weights, 'weighted')
  const inverse = output(scope, pairs, INDEX_SIZE, 'inverse permutation')
  scope.drop(output(scope, pairs, INDEX_SIZE, 'range'))
  const restored = select(scope, weighted, inverse, pairHidden, 'in the order of tokens')
  scope.drop(weighted)
  return sumGroups(scope, restored, tokens, 'output')
}
