/**
 * The shape of a model, in the terms of a Hugging Face config.json. Every optional part is null when the model lacks it,
 * so that a reader can tell "has none" from "not filled in".
 */
export interface Architecture {
  /** Decoder-only unless said otherwise. */
  readonly architecture: 'decoder' | 'encoder' | 'encoder-decoder'
  readonly hiddenSize: number
  readonly layers: number
  readonly heads: number
  readonly kvHeads: number
  /** Not always hiddenSize / heads: Qwen3, Gemma and Mistral-Nemo set it apart. */
  readonly headDim: number
  readonly intermediateSize: number
  readonly vocabSize: number
  readonly maxPositions: number | null
  readonly tiedEmbeddings: boolean
  readonly attentionBias: 'none' | 'qkv' | 'o' | 'all'
  readonly mlpBias: boolean
  /** head: one weight of headDim for q and for k; full: over all heads; head_ln: LayerNorm per head. */
  readonly qkNorm: 'head' | 'full' | 'head_ln' | null
  readonly normType: 'rmsnorm' | 'layernorm'
  readonly normsPerLayer: number
  readonly mlpType: string
  readonly parallelBlock: boolean
  readonly slidingWindow: { readonly window: number | null, readonly pattern: string | null } | null
}
