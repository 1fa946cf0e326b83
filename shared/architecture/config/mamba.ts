import type { Architecture } from '../architecture.ts'
import type { Mamba1, Mamba2 } from '../linearMixer.ts'
import type { ConfigFields } from './fields.ts'

/* Readers of the model types that are Mamba alone: no attention, no MLP. */

/** What is there of an ordinary decoder; the sizes of attention heads mean nothing. */
function withoutAttention (c: ConfigFields, mixer: Mamba1 | Mamba2, tied: boolean): Architecture {
  const layers = c.size('num_hidden_layers')
  return {
    architecture: 'decoder',
    hiddenSize: c.size('hidden_size'),
    layers,
    heads: 1,
    kvHeads: 1,
    headDim: 64,
    intermediateSize: 0,
    vocabSize: c.size('vocab_size'),
    maxPositions: null,
    tiedEmbeddings: c.flag('tie_word_embeddings', tied),
    attentionBias: 'none',
    mlpBias: false,
    qkNorm: null,
    normType: 'rmsnorm',
    normsPerLayer: 1,
    mlpType: 'swiglu',
    parallelBlock: false,
    slidingWindow: null,
    linear: mixer,
    layerGroups: [{ count: layers, mixer: mixer.type, ffn: 'none' }],
    ...(c.flag('residual_in_fp32', true) ? {} : { narrowResidual: true })
  }
}

const biases = (c: ConfigFields, bias: string, convBias: string): Pick<Mamba1, 'bias' | 'convBias'> =>
  ({ ...(c.flag(bias, false) ? { bias: true } : {}), ...(c.flag(convBias, true) ? {} : { convBias: false }) })

function mamba1 (c: ConfigFields): Mamba1 {
  const hiddenSize = c.sizeOr('hidden_size', 0)
  return {
    type: 'mamba1',
    innerSize: Math.floor(c.numberOr('expand', 2) * hiddenSize),
    stateSize: c.sizeOr('state_size', 16),
    convKernel: c.sizeOr('conv_kernel', 4),
    dtRank: c.text('time_step_rank') === 'auto' ? Math.ceil(hiddenSize / 16) : c.sizeOr('time_step_rank', Math.ceil(hiddenSize / 16)),
    ...biases(c, 'use_bias', 'use_conv_bias')
  }
}

/** configuration_mamba.py */
export const mamba = (c: ConfigFields): Architecture => withoutAttention(c, mamba1(c), true)

/** configuration_falcon_mamba.py: dt, B and C are normalized without weights. */
export const falconMamba = (c: ConfigFields): Architecture => withoutAttention(c, mamba1(c), true)

/** configuration_mamba2.py */
export const mamba2 = (c: ConfigFields): Architecture => withoutAttention(c, {
  type: 'mamba2',
  innerSize: Math.floor(c.numberOr('expand', 2) * c.sizeOr('hidden_size', 4096)),
  heads: c.sizeOr('num_heads', 128),
  headDim: c.sizeOr('head_dim', 64),
  stateSize: c.sizeOr('state_size', 128),
  groups: c.sizeOr('n_groups', 8),
  convKernel: c.sizeOr('conv_kernel', 4),
  chunk: c.sizeOr('chunk_size', 256),
  ...biases(c, 'use_bias', 'use_conv_bias')
}, false)
