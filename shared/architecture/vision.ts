/** The image (and for Gemma 3n audio) part of a model, with its projector. */
export interface VisionTower {
  /** What it is built like: `siglip`, `qwen3_vl`, `SAM-B + CLIP-L`. */
  readonly kind: string
  /** All of its parameters, projector included. */
  readonly parameters: number
  /** 0: patches go straight to the language model (Gemma 4 12B). */
  readonly layers?: number
  readonly hiddenSize?: number
  readonly intermediateSize?: number
  readonly heads?: number
  readonly patchSize?: number
  /** Pixels along one side. */
  readonly imageSize?: number
  /** Tokens that the projector makes of one image, where the config says so. Absent: what the model type is published with. */
  readonly tokensPerImage?: number
  /** Patches along one side that are merged into one token. */
  readonly spatialMerge?: number
  /** Width that the patch merger puts out. */
  readonly mergerOutputSize?: number
  /** Width inside a gated merger (GLM-4V). Absent: that of the language model's feed-forward. */
  readonly mergerInnerSize?: number
  /** Mergers for the intermediate features of Qwen3-VL. */
  readonly deepstackMergers?: number
  /** Rows of a table of positions that is resampled to the image. Absent: what the model type is published with. */
  readonly positions?: number
  /** Blocks whose output goes to a merger of its own, and blocks that see whole images where others see windows. Absent: likewise. */
  readonly deepstackLayers?: readonly number[]
  readonly fullAttentionLayers?: readonly number[]
  /** InternViT: q and k normed over all heads, RMS norms, biases on q, k and v. Absent: as its sizes are published. */
  readonly normsHeads?: boolean
  readonly rmsNorms?: boolean
  readonly attentionBias?: boolean
  /** Layers after the tower that look at all tiles (Llama 3.2 Vision). */
  readonly globalLayers?: number
  /** Layers of the language model that attend to the image. */
  readonly crossAttentionLayers?: number
}
