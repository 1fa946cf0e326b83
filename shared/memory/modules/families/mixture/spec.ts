import type { Architecture } from '../../../../architecture/architecture.ts'
import type { ExpertOptions } from '../../moe/experts.ts'
import type { RouterMaker } from '../../moe/routers.ts'
import type { SharedOrder } from '../../moe/block.ts'
import type { DenseSpec } from '../dense/index.ts'
import type { LatentRotary } from './latentAttention.ts'

/** A decoder with experts: a dense one, whose `mlp` describes the dense layers and the shared experts, and what replaces the MLP elsewhere. */
export interface MixtureSpec extends DenseSpec {
  readonly router: RouterMaker
  readonly experts?: ExpertOptions
  /** Order of the parameters of router and experts. */
  readonly routerFirst?: boolean
  readonly sharedOrder?: SharedOrder
  /** Whether layer i has rotary positions; absent: every layer. */
  readonly turns?: (layer: number) => boolean
  /** Attention with a learned sink per head. */
  readonly sinks?: boolean
  /** Multi-head latent attention in place of the heads that `attention` describes. */
  readonly latent?: LatentRotary
}

export type MixtureSpecOf = (a: Architecture) => MixtureSpec
