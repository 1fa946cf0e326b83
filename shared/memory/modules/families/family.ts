import type { Architecture } from '../../../architecture/architecture.ts'
import type { Plan } from '../../../plan/index.ts'
import type { LayerPlace } from '../../stack.ts'
import type { Scope, Shape, Storage, Tensor } from '../../tape/index.ts'
import type { ModelBuilder } from '../builder.ts'
import type { Parameter } from '../linear.ts'
import type { StackTargets } from '../moe/peftNames.ts'
import type { ImageInput, ImagePass, Merged } from '../vision/part.ts'

/** One decoder block with its parameters. */
/** A tensor that the first block of a stack makes and every block hands on beside the hidden states. */
export interface Carried {
  readonly tensor: Tensor
  /** It does not lie in the order of its dimensions. */
  readonly permuted: boolean
  /** What a block that runs again under reentrant checkpointing reads in its place; null: itself. */
  detached: Tensor | null
  /** Made again by the block that made it, and held for its caller. */
  again: Tensor | null
  /** From the block behind, whose backward pass has run. */
  gradient: Storage | null
}

export interface DecoderLayer {
  /** The block's forward pass, statement by statement; `scope` is the caller's frame. */
  forward (scope: Scope, x: Tensor, beside?: Tensor | null): Tensor
  /** What the model's frame does to the stream before this block: from the encoder's last block to the decoder's first. */
  before? (scope: Scope, x: Tensor): Tensor
  /** A second positional argument, made in the model's frame before the block runs (per-layer embeddings). */
  beside? (scope: Scope): Tensor
  /** Which of the shared storages the block is given as arguments; absent: all. A checkpoint keeps them. */
  arguments? (): readonly Storage[]
  /** They are positional: reentrant checkpointing saves them, and lets go of them with the block. */
  readonly positional?: boolean
  /** Extent of integers that the block returns beside the hidden states (GLM-5's chosen tokens). */
  readonly integers?: Shape | null
  /** A second output (the probabilities of eager attention), made by the last forward pass for the caller's frame, which holds it until the next block is done. */
  second?: Tensor | null
  /** What the block hands on beside the hidden states, once its first forward pass has run; `makes`: it is the one that makes it. */
  carries? (): { readonly carried: readonly Carried[], readonly makes: boolean }
}

/** The head: what turns the last hidden states into logits. */
export interface Head {
  readonly weight: Parameter
  readonly bias: Parameter | null
  /** logits ← cap · tanh(logits / cap) (Gemma 2) */
  readonly softcap: boolean
  /** logits multiplied by a number (Cohere, Granite) */
  readonly scaled: boolean
  /** `lm_head(hidden.to(weight type))` (Mamba) */
  readonly castsInput?: boolean
  /** It belongs to an inner model, whose frame takes the hidden states with it before the loss (Llama 4). */
  readonly isInner?: boolean
  /** Extent of the labels where a row has one. */
  readonly labels?: Shape
  /** The model's own loss, whatever path the plan takes: of classes, or of logits that are not shifted. */
  readonly loss?: (scope: Scope, hidden: Tensor) => { readonly loss: Tensor, readonly logits: Tensor }
  /** The model's own forward brings the logits to fp32 (Mamba, Nemotron-H). */
  readonly widensLogits?: boolean
}

/** What the caller of a model makes of the last hidden states inside the model's own frame. */
export type Finish<T> = (scope: Scope, hidden: Tensor, head: Head) => T

/** A decoder-only model laid out on a tape. */
export interface DecoderModel {
  readonly layers: readonly DecoderLayer[]
  readonly head: Head
  /** Token ids to the first block's input. */
  embed (scope: Scope): Tensor
  /**
   * Makes what every block of one forward pass shares: rotary tables, masks, positions. Returns the storages, each with one
   * reference for the caller; the blocks find them in the model. `x` is the embedded input.
   */
  share (x: Tensor): readonly Storage[]
  /**
   * What the model does to the embedded tokens before the first block: positions, scale, norm, dropout. `kept`: what its frame
   * holds until the last block is done, one reference each. `renamed`: the first block's output takes the name of the hidden states,
   * which else live as long as what is kept.
   */
  enter? (scope: Scope, x: Tensor): { hidden: Tensor, kept: readonly Storage[], renamed?: boolean }
  /** Tensors that the data loader puts on the GPU beside the tokens: pixels. */
  imageInputs?: readonly ImageInput[]
  /** The pass over the images and their merge into the embedded tokens. */
  merge? (scope: Scope, embedded: Tensor, pass: ImagePass): Merged
  /** The norm after the last block; the result belongs to `scope`. */
  finalNorm (scope: Scope, x: Tensor): Tensor
}

/** How a family of architectures runs in transformers. */
export interface Family {
  /** Hugging Face model types that this family mirrors statement by statement. */
  readonly modelTypes: readonly string[]
  /** Why an architecture of these model types cannot run here; absent: all can. */
  refuses? (architecture: Architecture): string | null
  /** The file has eager attention only: SDPA's kernels are never reached, whatever the plan says. */
  readonly eagerOnly?: boolean
  /**
   * The model brings code of its own, which the block of another one stands for; `share`: by how much of the activations it may
   * differ, either way. `isOwnFile`: it is the model's own file in transformers that is followed, but not in every statement.
   */
  readonly approximates?: { readonly block: string, readonly norm: string, readonly share: number, readonly isOwnFile?: boolean }
  /** What the mirrored code is: file of transformers. */
  readonly source: string
  /** The linear layers of its blocks that an adapter may target, with [out, in]. */
  linearLayers (architecture: Architecture, experts?: Plan['runtime']['experts']): ReadonlyMap<string, readonly [number, number]>
  /** Stacks of experts that LoRA can adapt. */
  stackTargets? (architecture: Architecture): readonly StackTargets[]
  /** The kind of every block in order; equal kinds use memory alike under this plan. */
  layerKinds (architecture: Architecture, plan: Plan): readonly string[]
  /** Puts the model on the builder's tape. */
  build (builder: ModelBuilder, places: readonly LayerPlace[]): DecoderModel
}
