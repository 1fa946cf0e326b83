import type { Head } from '../modules/families/index.ts'
import type { Run } from '../modules/run.ts'
import type { Scope, Tensor } from '../tape/index.ts'

/** The loss of one micro-batch, and the logits if the caller may keep them. */
export interface LossResult {
  readonly loss: Tensor
  readonly logits: Tensor | null
}

/** Makes the loss from the last hidden states. */
export type Loss = (scope: Scope, hidden: Tensor, head: Head, run: Run) => LossResult

/** What a trainer computes of the logits after the model's call, before it lets go of them. */
export type Metrics = (logits: Tensor, run: Run) => void
