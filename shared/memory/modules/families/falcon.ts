import type { Architecture } from '../../../architecture/architecture.ts'
import { attention, plainMlp, wholeHeads } from './dense/common.ts'
import { denseFamily, type DenseSpec } from './dense/index.ts'

const falcon = (a: Architecture): DenseSpec => ({
  norm: 'layer-norm',
  order: a.normsPerLayer === 1 ? 'parallel-in-place' : 'parallel-norms-first',
  attention: attention(a, { layout: 'grouped', projections: ['query_key_value'], out: 'dense', rotary: wholeHeads, narrowSoftmax: true, mathKernel: a.kvHeads === 1 }),
  mlp: plainMlp(a, 'dense_h_to_4h', 'dense_4h_to_h', 'gelu'),
  alwaysMasks: true,
  viewsWeights: true,
  head: {}
})

/**
 * Falcon 40B and 180B (new_decoder_architecture): keys and values copied to every head, a mask in every layer. Falcon 7B: one key
 * and value head, which reaches SDPA as it is, and only the math kernel can broadcast it.
 */
export const falconFamily = {
  ...denseFamily(['falcon'], 'falcon/modeling_falcon.py', falcon),
  refuses: (a: Architecture): string | null =>
    a.parallelBlock && a.positionEncoding !== 'alibi' && (a.kvHeads === 1) === (a.normsPerLayer === 1) ? null : 'Falcon\u2019s oldest block'
}
