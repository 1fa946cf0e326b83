import type { Architecture } from '../../../architecture/architecture.ts'
import { chosenSoftmaxRouter } from '../moe/softmaxRouters.ts'
import { mixtureFamily, type MixtureSpec } from './mixture/index.ts'
import { llamaWithExperts } from './qwenMoe.ts'

const granite = (a: Architecture): MixtureSpec => ({
  ...llamaWithExperts(a),
  residualMultiplier: true,
  embeddingScale: 'number',
  head: { scaled: true },
  router: chosenSoftmaxRouter({ wide: true })
})

/** Granite MoE (PowerMoE). */
export const graniteMoeFamily = mixtureFamily(['granitemoe'], 'granitemoe/modeling_granitemoe.py', granite)
/** With a shared MLP whose gate and up are one layer. */
export const graniteMoeSharedFamily = mixtureFamily(['granitemoeshared'], 'granitemoeshared/modeling_granitemoeshared.py', (a) => ({
  ...granite(a), mlp: { layout: 'fused', up: ['input_linear'], down: 'output_linear', bias: false, activation: 'silu' }
}))
