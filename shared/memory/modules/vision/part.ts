import type { Architecture } from '../../../architecture/architecture.ts'
import type { Leaf, Scope, Shape, Storage, Tensor } from '../../tape/index.ts'
import type { ModelBuilder } from '../builder.ts'
import type { Images } from './images.ts'

/** A tensor that the data loader puts on the GPU for the images. */
export interface ImageInput {
  readonly role: string
  readonly shape: Shape
  readonly elementSize: number
  /** Once it is loaded. */
  storage: Storage | null
}

/** What a pass over the images gives the language model. */
export interface Merged {
  /** Embedded tokens, image vectors in their places. */
  readonly hidden: Tensor
  /** What the model's frame holds until the last block is done, one reference each. */
  readonly kept: readonly Storage[]
  /** Further things that happen when they go. */
  readonly end?: () => void
}

/** Runs blocks that are not the decoder's as the plan checkpoints blocks; `index`: among all blocks of the model. */
export interface BlockRunner {
  outside (scope: Scope, x: Tensor, layer: { forward (scope: Scope, x: Tensor): Tensor }, index: number, trains: boolean, shared?: readonly Storage[]): Tensor
  /** Something that the autograd graph keeps until it is freed. */
  keep (storage: Storage): void
}

/** Where a pass over the images leaves what outlives it. */
export interface ImagePass {
  readonly blocks: BlockRunner
  /** Leaves whose gradients go with the graph: outputs of embeddings under enable_input_require_grads. */
  readonly leaves: Leaf[]
}

/** Tower and projector of a vision-language model, laid out on a tape. */
export interface ImageModel {
  readonly inputs: readonly ImageInput[]
  /** What the frame of the language model does to the stream before a block; set where `deepLayers` are. */
  readonly beforeLayer?: (scope: Scope, stream: Tensor, layer: number) => Tensor
  /** The pass over the images and the merge into the embedded tokens, in the frame of the model around the language model. */
  merge (scope: Scope, embedded: Tensor, pass: ImagePass): Merged
}

/** How the image part of a model type runs in transformers. */
export interface ImagePart {
  /** Kinds of towers that it is written for (the catalog's names). */
  readonly kinds: readonly string[]
  readonly source: string
  /** Tokens of the sequence that one image takes. */
  imageTokens (architecture: Architecture, images: Images): number
  /** The linear layers of tower and projector that an adapter may target, with [out, in]. */
  readonly towerLinears: (architecture: Architecture) => ReadonlyMap<string, readonly [number, number]>
  readonly projectorLinears: (architecture: Architecture) => ReadonlyMap<string, readonly [number, number]>
  /** The model's own code is not followed: blocks of another tower stand for it, whose activations may differ by this share either way. */
  readonly approximates?: { readonly block: string, readonly share: number }
  /** Rows of the tower's batch and patches of each that one image makes: what its activations grow with. */
  readonly patches?: (architecture: Architecture, images: Images) => number
  /** SDPA gets a mask in every layer of the language model: images see all of themselves. */
  readonly masks?: boolean
  /** Positions are made for every row of the batch. */
  readonly positionsPerRow?: boolean
  /** Blocks of the language model, from the second, whose input the model's frame adds image vectors to. */
  readonly deepLayers?: (architecture: Architecture) => number
  /** Blocks that a reentrant checkpoint takes the gradient from: they are called by keyword. */
  readonly cutByReentrant?: boolean
  build (builder: ModelBuilder, images: Images | null): ImageModel
}
