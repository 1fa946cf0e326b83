import type { Architecture, LinearMixer } from '../../architecture/index.ts'
import { layersInOrder } from '../../architecture/layerSequence.ts'
import { slidingLayers } from '../modules/window.ts'

/**
 * Bytes that one sequence of `length` tokens keeps in an engine's cache, `elementSize` bytes a number: keys and values of every
 * attention layer (a sliding layer only its window), MLA's latent (vLLM mla_attention.py: kv_lora_rank + qk_rope_head_dim, not divided by
 * tensor parallelism), and the constant state of linear mixers. `shards`: GPUs that share the heads, at least one head each.
 */
export function cacheBytes (a: Architecture, length: number, elementSize: number, shards = 1): number {
  const slides = slidingLayers(a)
  const window = a.slidingWindow?.window ?? Infinity
  const groups = a.layerGroups ? layersInOrder(a) : null
  let total = 0
  for (let layer = 0; layer < a.layers; layer++) {
    const group = groups?.[layer]
    const mixer = group?.mixer ?? 'attention'
    if (mixer === 'none' || group?.kvShared) continue
    if (mixer !== 'attention') total += a.linear ? stateBytes(a.linear) / shards : 0
    if (mixer !== 'attention' && mixer !== 'parallel-attention-mamba2') continue
    const tokens = slides[layer] || group?.attention === 'sliding' ? Math.min(length, window) : length
    total += tokens * numbersPerToken(a, group, shards) * elementSize
  }
  return Math.ceil(total)
}

function numbersPerToken (a: Architecture, own: Partial<Pick<Architecture, 'kvHeads' | 'headDim' | 'mla'>> | undefined, shards: number): number {
  const mla = own?.mla ?? a.mla
  if (mla) return mla.kvLoraRank + mla.qkRopeHeadDim
  const headDim = own?.headDim ?? a.headDim
  return Math.max(1, (own?.kvHeads ?? a.kvHeads) / shards) * (headDim + (a.vHeadDim ?? headDim))
}

const FP32 = 4
const BF16 = 2

/** The recurrent state in fp32 and the window of the convolution in 16 bits, per sequence and layer (vLLM model_executor/layers/mamba/mamba_utils.py). */
function stateBytes (mixer: LinearMixer): number {
  switch (mixer.type) {
    case 'gated-deltanet': return mixer.valueHeads * mixer.keyHeadDim * mixer.valueHeadDim * FP32 + (mixer.convKernel - 1) * (2 * mixer.keyHeads * mixer.keyHeadDim + mixer.valueHeads * mixer.valueHeadDim) * BF16
    case 'mamba1': return mixer.innerSize * mixer.stateSize * FP32 + (mixer.convKernel - 1) * mixer.innerSize * BF16
    case 'mamba2': return mixer.heads * mixer.headDim * mixer.stateSize * FP32 + (mixer.convKernel - 1) * (mixer.innerSize + 2 * mixer.groups * mixer.stateSize) * BF16
    case 'short-conv': return 0
    case 'lightning': return mixer.heads * mixer.headDim ** 2 * FP32
    case 'kda': return mixer.heads * mixer.headDim ** 2 * FP32 + (mixer.convKernel - 1) * 3 * mixer.heads * mixer.headDim * BF16
  }
}
