import type { Architecture } from '../../architecture/architecture.ts'
import type { Storage } from '../tape/storage.ts'
import { hasBlockMask, isFlattened, rowsOf } from './packing.ts'
import { virtualTokensOf, type Plan } from '../../plan/index.ts'
import type { Dimension } from '../result.ts'
import type { KeyValueCache } from './keyValueCache.ts'
import type { RouterLogits } from './moe/balancing.ts'
import type { PrefixTuning } from './adapters/prefix.ts'
import { dimension, shape, type Shape, type Tape, type Tensor } from '../tape/index.ts'

/** What all modules of one simulated run share: the tape, the settings, and the extents that every family has. */
export interface Run {
  readonly tape: Tape
  readonly plan: Plan
  readonly architecture: Architecture
  readonly batch: Dimension
  /** Tokens that the blocks see: virtual ones included. */
  readonly sequence: Dimension
  /** Tokens that attention sees: the sequence, and before it a trained prefix. */
  readonly keys: Dimension
  readonly hiddenSize: Dimension
  readonly vocabulary: Dimension
  /** [b, s] */
  readonly tokens: Shape
  /** [b, s, h] of the token ids alone, without virtual tokens. */
  readonly embedded: Shape
  /** [b, s] of the token ids alone. */
  readonly ids: Shape
  /** [b, s, h] */
  readonly hidden: Shape
  /** [b, s, V] */
  readonly logits: Shape
  /** [h] */
  readonly hiddenVector: Shape
  /** Trained keys and values before every layer's own; null without prefix tuning. */
  prefix: PrefixTuning | null
  /** Keys and values of the tokens before, while text is generated. */
  cache: KeyValueCache | null
  /** Collects router logits while the model runs for the routers' loss; null else. */
  routerLogits: RouterLogits | null
  /** Those among the outputs of the last call. */
  routerOutputs: readonly Tensor[]
  /** The routers' loss of the last call, until it joins the loss. */
  balancing: Tensor | null
  /** Image vectors among the outputs of the last call; null where the model returns none. */
  imageOutput: Tensor | null
  /** Images see all of themselves: a mask for every row reaches every layer. */
  masksImages: boolean
  /** An encoder's last hidden states, which the model returns beside the logits. */
  encoded: Tensor | null
  /** The caller passes positions, a row for each sequence. */
  positionsPerRow: boolean
  /** position_ids that the batch brings along; null where the model counts them itself. */
  givenPositions: Storage | null
}

/** `cachedTokens`: what attention sees in a decoding step, the token of the step included. */
export function makeRun (tape: Tape, plan: Plan, architecture: Architecture, cachedTokens?: number): Run {
  const { rows, length } = rowsOf(plan)
  const batch = dimension('b', rows)
  const own = dimension(isFlattened(plan) ? 'T' : 's', length)
  const virtual = virtualTokensOf(plan.method)
  const longer = virtual > 0 ? dimension('s+nv', own.size + virtual) : own
  const sequence = plan.method.kind === 'prefix' ? own : longer
  const hiddenSize = dimension('h', architecture.hiddenSize)
  const vocabulary = dimension('V', architecture.vocabSize)
  const hidden = shape(batch, sequence, hiddenSize)
  return {
    tape,
    plan,
    architecture,
    batch,
    sequence,
    keys: cachedTokens === undefined ? longer : dimension('p+t', cachedTokens),
    hiddenSize,
    vocabulary,
    tokens: shape(batch, sequence),
    hidden,
    logits: shape(batch, sequence, vocabulary),
    embedded: sequence === own ? hidden : shape(batch, own, hiddenSize),
    ids: shape(batch, own),
    hiddenVector: shape(hiddenSize),
    prefix: null,
    cache: null,
    encoded: null,
    routerLogits: null,
    routerOutputs: [],
    balancing: null,
    imageOutput: null,
    masksImages: false,
    positionsPerRow: hasBlockMask(plan),
    givenPositions: null
  }
}
