import type { Architecture } from './architecture.ts'
import type { LinearMixer } from './linearMixer.ts'

/** What mixes tokens in a layer. Falcon-H1 runs attention and Mamba-2 side by side. */
export type Mixer = 'attention' | LinearMixer['type'] | 'parallel-attention-mamba2' | 'none'

export type FeedForward = 'mlp' | 'moe' | 'none'

/** The sizes that a group of layers may have of its own. */
type OwnSizes = Pick<Architecture,
  'heads' | 'kvHeads' | 'headDim' | 'intermediateSize' | 'qkNorm' | 'normsPerLayer' | 'attnSinks' | 'extraPerLayer' | 'moe' | 'mla'>

/** Layers of one kind in a stack that is not uniform. Counts add up to `layers`; a size given here replaces the stack's. */
export interface LayerGroup extends Partial<OwnSizes> {
  readonly count: number
  readonly mixer: Mixer
  readonly ffn: FeedForward
  /** What the attention sees; cross: the image. */
  readonly attention?: 'sliding' | 'full' | 'cross'
  /** V is K: no V projection (Gemma 4 global layers). */
  readonly kEqV?: boolean
  /** Uses the K and V of an earlier layer (Gemma 3n, Gemma 4 E models). */
  readonly kvShared?: boolean
  /** Tokens per compressed K and V (DeepSeek V4); 0: not compressed. */
  readonly compressRatio?: number
}
