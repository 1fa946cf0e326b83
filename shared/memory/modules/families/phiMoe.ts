import { sparseMixerRouter } from '../moe/sparseMixer.ts'
import { mixtureFamily } from './mixture/index.ts'
import { llamaWithExperts } from './qwenMoe.ts'

/** Phi-3.5-MoE: LayerNorm, biases on all four projections and the head, SparseMixer routing to two experts. */
export const phiMoeFamily = mixtureFamily(['phimoe'], 'phimoe/modeling_phimoe.py', (a) => ({
  ...llamaWithExperts(a), norm: 'layer-norm', router: sparseMixerRouter, head: { bias: a.lmHeadBias ?? false }
}))
