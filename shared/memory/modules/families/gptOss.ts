import { clampedGate } from '../moe/gates.ts'
import { chosenSoftmaxRouter } from '../moe/softmaxRouters.ts'
import { partOfHeads } from './dense/common.ts'
import { mixtureFamily } from './mixture/index.ts'
import { llamaWithExperts } from './qwenMoe.ts'

/** gpt-oss: attention with sinks, every second layer with a window, biased experts with a clamped gate. */
export const gptOssFamily = mixtureFamily(['gpt_oss'], 'gpt_oss/modeling_gpt_oss.py', (a) => ({
  ...llamaWithExperts(a, { rotary: { ...partOfHeads(0.5), joins: true } }),
  norm: 'olmo-rms',
  sinks: true,
  bothMasks: true,
  router: chosenSoftmaxRouter({ wide: false }),
  experts: { gate: clampedGate, biased: true }
}))
