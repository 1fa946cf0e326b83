import type { Architecture } from '../../../../architecture/architecture.ts'
import type { Activation } from '../../activations.ts'
import type { Gate } from '../../moe/gates.ts'
import type { NormKind } from './norms.ts'

/** How the heads of q, k and v come out of the projections. */
export type ProjectionLayout =
  /** Three layers. */
  | 'separate'
  /** One layer, its output sliced (Phi-3): every slice pads its gradient. */
  | 'sliced'
  /** One layer, its output split by torch.split or chunk (GPT-NeoX, GPT-2). */
  | 'split'
  /** A layer for q, and one for k and v (TeleChat 2). */
  | 'query-and-pair'
  /** One layer whose output lies in groups of queries with their key and value, copied to all heads (Falcon). */
  | 'grouped'

/** How cos and sin turn q and k. */
export interface RotaryStyle {
  /** Share of the head that is turned. Below 1, and in models that cut and rejoin anyway, q and k are cut and joined again. */
  readonly fraction: number
  /** Elements that are turned, where they are no share of the head (multi-head latent attention). */
  readonly width?: number
  readonly joins: boolean
  /** Every sequence of the batch has tables of its own, as positions of text, time, height and width have (Qwen3.5). */
  readonly perSequence?: boolean
  /**
   * activations: tables in the activations' type. float: tables in fp32, the product cast back (OLMo). upcast: q and k in fp32
   * (Cohere). interleaved: the layer repeats half of each table (GLM). interleaved-upcast: q, k and their rotated copies in fp32
   * too (ERNIE 4.5).
   */
  readonly type: 'activations' | 'float' | 'upcast' | 'interleaved' | 'interleaved-upcast'
}

/** The attention of a family in terms of the parts below. */
export interface AttentionSpec {
  readonly layout: ProjectionLayout
  /** Names of q, k and v, or of the one layer that makes all. */
  readonly projections: readonly string[]
  readonly out: string
  readonly qkvBias: boolean
  readonly outBias: boolean
  /** Norm of q and k: over each head, over all heads at once, or with a weight per head. */
  readonly qkNorm: {
    readonly kind: NormKind
    readonly over: 'head' | 'all' | 'weight-per-head'
    /** q is normed before k is made; absent: where the norm is over all heads. */
    readonly atOnce?: boolean
    /** The norms follow the rotation (HunYuan). */
    readonly afterRotary?: boolean
    /** Names of both norms; absent: q_norm and k_norm. */
    readonly names?: readonly [string, string]
  } | null
  readonly rotary: RotaryStyle | null
  /** The output of the one layer is clamped on both sides (DBRX). */
  readonly clamps?: boolean
  /** q is multiplied by the scale before the scores (OPT). */
  readonly scalesQuery?: boolean
  /** k is multiplied by a number as soon as it is made (Falcon-H1). */
  readonly scalesKey?: boolean
  /** q is multiplied by a number after its norm (Muse). */
  readonly scalesNormedQuery?: boolean
  readonly softcap?: boolean
  /** SDPA is given one key and value head for all queries, which only the math kernel takes (Falcon 7B). */
  readonly mathKernel?: boolean
  /** Softmax in the scores' own type instead of fp32 (GPT-2); autocast makes it fp32. */
  readonly narrowSoftmax?: boolean
  /** The same, and the probabilities stay in that type (Llama 4). */
  readonly bareSoftmax?: boolean
  readonly dropout?: number
}

export interface FeedForwardSpec {
  /** separate: gate and up; fused: one layer, chunked; plain: up only. */
  readonly layout: 'separate' | 'fused' | 'plain'
  /** Names of gate and up, of the fused layer, or of up. */
  readonly up: readonly string[]
  readonly down: string
  readonly bias: boolean
  /** A bias on the last layer although the others have none. */
  readonly downBias?: boolean
  readonly activation: Activation
  /** Both halves are clamped, the gate multiplied by a sigmoid of itself (MiniMax M3). */
  readonly gate?: Gate
}

/**
 * pre: norm before each sublayer. sandwich: before and after. post: after. parallel: attention and MLP of the same input and
 * one norm, or two; in which order the three are added. post-sum: the norm follows the sum (OPT-350M).
 */
export type BlockOrder = 'pre' | 'sandwich' | 'post' | 'parallel-residual-first' | 'parallel-mlp-first' | 'parallel-attention-first' | 'parallel-two-norms' | 'parallel-norms-first' | 'parallel-in-place' | 'post-sum'

/** Everything in which one family of dense decoders differs from another. */
export interface DenseSpec {
  readonly norm: NormKind
  readonly order: BlockOrder
  /** Names of a block's norms; absent: those that most models of this order have. */
  readonly normNames?: readonly string[]
  readonly attention: AttentionSpec
  readonly mlp: FeedForwardSpec
  /** The sublayers' outputs are multiplied by a number before they are added (Granite). */
  readonly residualMultiplier?: boolean
  /** A number, or a tensor of one element, that the embedding is multiplied by; kept: the embedding keeps its name beside the product. */
  readonly embeddingScale?: 'tensor' | 'number' | 'number-kept'
  /** A table of learned positions; perSequence: every row of the batch has positions of its own (OPT). */
  readonly positions?: { readonly rows: number, readonly perSequence: boolean }
  /** Rows of the embedding that the head has no logits for (Llama 3.2 Vision). */
  readonly extraRows?: number
  readonly embeddingNorm?: boolean
  /** Width of the embedding where layers of their own bring it to the hidden size and back (OPT-350M). */
  readonly embeddingWidth?: number
  /** A boolean causal mask of all positions as a buffer of the model (GPT-BigCode). */
  readonly maskBuffer?: boolean
  readonly finalNorm?: boolean
  /** The norm before the head where it is of another kind (DBRX). */
  readonly lastNorm?: NormKind
  /** Dropout of embeddings and of sublayer outputs. */
  readonly dropout?: { readonly embedding: number, readonly residual: number }
  readonly head: { readonly softcap?: boolean, readonly scaled?: boolean, readonly bias?: boolean, readonly widensLogits?: boolean }
  /** Layers of a sliding window and of all tokens have a rotary table each (Gemma 3). */
  readonly rotaryPerKind?: boolean
  /** How layers of a kind turn q and k where it differs from `attention.rotary` (Laguna). */
  readonly rotaryOf?: (kind: string) => RotaryStyle
  /** Windows are chunks; their mask counts from each sequence's own padding, so it is made for every sequence (masking_utils.py create_chunked_causal_mask). */
  readonly chunks?: boolean
  /** The block keeps a name for the attention's output until it returns (Llama 4). */
  readonly namesAttention?: boolean
  /** Linear layers multiply by a view of the weight (FalconLinear). */
  readonly viewsWeights?: boolean
  /** SDPA gets a mask even where causality alone would do (Falcon). */
  readonly alwaysMasks?: boolean
  /** Masks for both kinds of layers are made even if no layer is of that kind. */
  readonly bothMasks?: boolean
}

export type SpecOf = (a: Architecture) => DenseSpec
