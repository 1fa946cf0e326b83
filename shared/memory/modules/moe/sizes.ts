import type { Dimension } from '../../result.ts'
import { dimension, shape, type Shape, type Tensor } from '../../tape/index.ts'
import type { Run } from '../run.ts'

/** Extents of one expert layer. */
export interface ExpertSizes {
  readonly experts: Dimension
  readonly perToken: Dimension
  readonly width: Dimension
  readonly hiddenSize: Dimension
  /** [T, h] */
  readonly tokens: Shape
  /** [T, 1] */
  readonly rows: Shape
  /** [T, E] */
  readonly scores: Shape
  /** [T, k] */
  readonly chosen: Shape
  /** [T·k], one per pair of token and expert */
  readonly pairs: Shape
  /** [T·k, h] */
  readonly pairHidden: Shape
}

export function expertSizes (run: Run, experts: number, perToken: number, width: number): ExpertSizes {
  const tokens = dimension('T', run.tokens.elements)
  const pairs = dimension('T·k', tokens.size * perToken)
  const [e, k] = [dimension('E', experts), dimension('k', perToken)]
  return {
    experts: e,
    perToken: k,
    width: dimension('I', width),
    hiddenSize: run.hiddenSize,
    tokens: shape(tokens, run.hiddenSize),
    rows: shape(tokens, dimension('1', 1)),
    scores: shape(tokens, e),
    chosen: shape(tokens, k),
    pairs: shape(pairs),
    pairHidden: shape(pairs, run.hiddenSize)
  }
}

/** What a router decides: weights and expert indices, both [T, k]. */
export interface Routing {
  /** What the router returns besides, for the routers' loss. */
  readonly logits?: Tensor
  readonly weights: Tensor
  readonly indices: Tensor
}
