/** Multi-head latent attention (DeepSeek V2, V3): K and V are expanded from a narrow latent vector that all heads share. */
export interface LatentAttention {
  /** Width of the latent that queries are expanded from; null where queries come straight from the hidden state. */
  readonly qLoraRank: number | null
  readonly kvLoraRank: number
  /** The part of each query and key that carries the rotary position; one such key part serves all heads. */
  readonly qkRopeHeadDim: number
  readonly qkNopeHeadDim: number
  readonly vHeadDim: number
  /** Even and odd elements of the rotary part form the pairs; absent means yes. */
  readonly interleavedRotary?: boolean
  /** DeepSeek sparse attention: a small scorer that picks the tokens to attend to, 2,048 of them unless `chosen` says otherwise. */
  readonly indexer?: { readonly heads: number, readonly headDim: number, readonly chosen?: number }
  /** A gate as wide as the heads' output (Kimi K3). */
  readonly outputGate?: boolean
}

/** DeepSeek V4: one wide K = V for all heads, compressed along the sequence, and a low-rank output in groups. */
export interface CompressedAttention {
  readonly qLoraRank: number
  readonly outputGroups: number
  readonly outputLoraRank: number
  readonly indexHeads: number
  readonly indexHeadDim: number
  /** Compressed keys that each query attends to; absent: 512. */
  readonly chosen?: number
}
