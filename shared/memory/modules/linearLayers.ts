import type { Architecture } from '../../architecture/architecture.ts'

/** The linear layers of a Llama-like decoder block, by the names that PEFT's target_modules use. */
export const LINEAR_LAYERS = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'] as const

export type LinearLayer = (typeof LINEAR_LAYERS)[number]

/** [out features, in features] of one of them. */
export function linearWidths (a: Architecture, layer: LinearLayer): readonly [number, number] {
  const query = a.heads * a.headDim
  const keyValue = a.kvHeads * a.headDim
  switch (layer) {
    case 'q_proj': return [query, a.hiddenSize]
    case 'k_proj':
    case 'v_proj': return [keyValue, a.hiddenSize]
    case 'o_proj': return [a.hiddenSize, query]
    case 'gate_proj':
    case 'up_proj': return [a.intermediateSize, a.hiddenSize]
    case 'down_proj': return [a.hiddenSize, a.intermediateSize]
  }
}

/** Whether that layer has a bias: `qkv` and `all` as in the architecture's attentionBias. */
export function hasBias (a: Architecture, layer: LinearLayer): boolean {
  if (layer === 'o_proj') return a.attentionBias === 'o' || a.attentionBias === 'all'
  if (layer === 'q_proj' || layer === 'k_proj' || layer === 'v_proj') return a.attentionBias === 'qkv' || a.attentionBias === 'all'
  return a.mlpBias
}
