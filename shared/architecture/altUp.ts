/** Gemma 3n: parallel residual streams that every block predicts and corrects, beside them a low-rank residual. */
export interface AltUp {
  readonly streams: number
  /** Rank of the learned residual (LAUREL). */
  readonly laurelRank: number
  /** Layers whose gate is cut at a multiple of its deviation. */
  readonly sparseLayers: readonly boolean[]
  /**
   * Layers at the end that attend to keys and values of an earlier layer. Checkpoints have projections for them, which are counted
   * and which transformers does not load.
   */
  readonly borrowingLayers: number
}
