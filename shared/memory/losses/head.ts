import type { Extents } from '../modules/extents.ts'
import type { Parameter } from '../modules/linear.ts'
import type { Scope, Tensor } from '../tape/index.ts'

/** What a loss makes from the last hidden states. */
export interface LossContext {
  readonly extents: Extents
  readonly head: Parameter
}

/** The loss of one micro-batch, and the logits if the caller may keep them. */
export interface LossResult {
  readonly loss: Tensor
  readonly logits: Tensor | null
}

export type Loss = (scope: Scope, hidden: Tensor, context: LossContext) => LossResult
