import type { Architecture } from '../../architecture/architecture.ts'
import type { Plan } from '../../plan/index.ts'
import type { Dimension } from '../result.ts'
import { dimension, shape, type Shape, type Tape } from '../tape/index.ts'

/** What all modules of one simulated run share: the tape, the settings, and the extents that every family has. */
export interface Run {
  readonly tape: Tape
  readonly plan: Plan
  readonly architecture: Architecture
  readonly batch: Dimension
  readonly sequence: Dimension
  readonly hiddenSize: Dimension
  readonly vocabulary: Dimension
  /** [b, s] */
  readonly tokens: Shape
  /** [b, s, h] */
  readonly hidden: Shape
  /** [b, s, V] */
  readonly logits: Shape
  /** [h] */
  readonly hiddenVector: Shape
}

export function makeRun (tape: Tape, plan: Plan, architecture: Architecture): Run {
  const batch = dimension('b', plan.data.microBatch)
  const sequence = dimension('s', plan.data.sequenceLength)
  const hiddenSize = dimension('h', architecture.hiddenSize)
  const vocabulary = dimension('V', architecture.vocabSize)
  return {
    tape,
    plan,
    architecture,
    batch,
    sequence,
    hiddenSize,
    vocabulary,
    tokens: shape(batch, sequence),
    hidden: shape(batch, sequence, hiddenSize),
    logits: shape(batch, sequence, vocabulary),
    hiddenVector: shape(hiddenSize)
  }
}
