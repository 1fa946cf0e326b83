/** A token mixer whose state does not grow with the sequence: linear attention, a state-space layer or a convolution. */
export type LinearMixer = GatedDeltaNet | Mamba1 | Mamba2 | ShortConvolution | LightningAttention | KimiDeltaAttention

/** Qwen3-Next, Qwen3.5. */
export interface GatedDeltaNet {
  readonly type: 'gated-deltanet'
  readonly keyHeads: number
  readonly keyHeadDim: number
  readonly valueHeads: number
  readonly valueHeadDim: number
  readonly convKernel: number
}

/** Mamba, Falcon-Mamba, Jamba. */
export interface Mamba1 {
  readonly type: 'mamba1'
  readonly innerSize: number
  readonly stateSize: number
  readonly convKernel: number
  readonly dtRank: number
  /** Jamba normalizes dt, B and C. */
  readonly dtBcNorms?: boolean
  /** Biases of the projections into and out of the layer; absent means no. */
  readonly bias?: boolean
  /** A bias of the convolution; absent means yes. */
  readonly convBias?: boolean
}

/** Mamba-2: Nemotron-H, Granite 4, Falcon-H1. */
export interface Mamba2 {
  readonly type: 'mamba2'
  readonly innerSize: number
  readonly heads: number
  readonly headDim: number
  readonly stateSize: number
  readonly groups: number
  readonly convKernel: number
  /** Tokens that are mixed by matrix products at once; absent: 256. */
  readonly chunk?: number
  /** The norm after the gate; absent means yes (Falcon-H1 has none). */
  readonly gateNorm?: boolean
  /** The norm comes before the gate (an option of Falcon-H1); absent means no. */
  readonly normFirst?: boolean
  /** A bias of the first projection; absent means no. */
  readonly bias?: boolean
  /** A bias of the last projection; absent: as the first. */
  readonly outBias?: boolean
  /** A bias of the convolution; absent means yes. */
  readonly convBias?: boolean
}

/** LFM2's gated short convolution, as wide as the hidden state. */
export interface ShortConvolution {
  readonly type: 'short-conv'
  readonly convKernel: number
  /** Biases of the convolution and of both projections; absent means no. */
  readonly bias?: boolean
}

/** MiniMax-Text-01. */
export interface LightningAttention {
  readonly type: 'lightning'
  readonly heads: number
  readonly headDim: number
  /** Tokens that attend to each other at once; absent: 256. */
  readonly blockSize?: number
}

/** Kimi Delta Attention (Kimi Linear, Kimi K3). */
export interface KimiDeltaAttention {
  readonly type: 'kda'
  readonly heads: number
  readonly headDim: number
  readonly convKernel: number
  /** The output gate is one full matrix; absent means two of rank headDim. */
  readonly fullRankGate?: boolean
}
