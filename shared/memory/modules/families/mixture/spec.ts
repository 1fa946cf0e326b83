import type { Architecture } from '../../../../architecture/architecture.ts'
import type { ExpertOptions } from '../../moe/experts.ts'
import type { RouterMaker } from '../../moe/routers.ts'
import type { MixtureParts, SharedOrder } from '../../moe/block.ts'
import type { DenseSpec } from '../dense/index.ts'
import type { BlockIndexer } from './blockSparseAttention.ts'
import type { OutputGate } from './gatedAttention.ts'
import type { Llama4Heads } from './llama4Attention.ts'
import type { LatentRotary } from './latentAttention.ts'

/** A decoder with experts: a dense one, whose `mlp` describes the dense layers and the shared experts, and what replaces the MLP elsewhere. */
export interface MixtureSpec extends DenseSpec {
  readonly router: RouterMaker
  readonly experts?: ExpertOptions
  /** Order of the parameters of router and experts. */
  readonly routerFirst?: boolean
  readonly sharedOrder?: SharedOrder
  readonly combine?: Pick<MixtureParts, 'combinesWide' | 'scalesRouted' | 'sharedFirst' | 'ownRows'>
  /** Whether layer i has rotary positions; absent: every layer. */
  readonly turns?: (layer: number) => boolean
  /** Attention with a learned sink per head. */
  readonly sinks?: boolean
  /** Multi-head latent attention in place of the heads that `attention` describes. */
  readonly latent?: LatentRotary
  /** Queries are multiplied by a scale that grows with the position (Mistral 4). */
  readonly scalesLatentQuery?: boolean
  /** An indexer that picks the tokens to attend to, and how it turns its q and k (DeepSeek V3.2, GLM-5). */
  readonly indexer?: 'halves' | 'interleaved'
  /** The choice of tokens is handed to the next layer (GLM-5.2). */
  readonly passesIndices?: boolean
  /** Layers with experts attend to blocks of keys that an indexer picks (MiniMax M3). */
  readonly blockIndexer?: BlockIndexer
  /** MiMo V2's eager attention. */
  readonly mimo?: boolean
  /** Llama 4's attention, and experts that see every token. */
  readonly llama4?: Llama4Heads
  /** A gate on the attention's output. */
  readonly outputGate?: OutputGate
}

export type MixtureSpecOf = (a: Architecture) => MixtureSpec
