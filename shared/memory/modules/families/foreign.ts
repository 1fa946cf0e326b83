import type { Architecture } from '../../../architecture/architecture.ts'

/** The feature by which an architecture of unknown type differs from a Llama-like decoder, in words; null when it does not. */
export function foreignFeature (a: Architecture): string | null {
  const optional = a as Architecture & Readonly<Record<string, unknown>>
  const own = OWN_CODE[a.modelType ?? '']
  if (own) return own
  if (a.architecture !== 'decoder') return `an ${a.architecture} stack`
  if (optional['moe']) return 'a mixture of experts'
  if (optional['mla']) return 'multi-head latent attention'
  if (optional['compressedAttention']) return 'compressed attention'
  if (optional['layerGroups'] || optional['linear']) return 'layers of different kinds'
  if (optional['vision']) return 'a vision tower'
  if (optional['learnedPositionEmbeddings']) return 'learned positions'
  if (a.parallelBlock) return 'parallel attention and MLP'
  if (a.normType !== 'rmsnorm') return 'LayerNorm'
  if (a.normsPerLayer !== 2) return `${a.normsPerLayer} norms per layer`
  if (a.mlpType !== 'swiglu') return `a ${a.mlpType} MLP`
  if (a.qkNorm && a.qkNorm !== 'head') return `a QK-norm over ${a.qkNorm === 'full' ? 'all heads' : 'biased heads'}`
  for (const field of ['attnOutputGate', 'attnSinks', 'extraPerLayer', 'embeddingSize', 'embeddingNorm', 'hyperConnections', 'lmHeadBias', 'vHeadDim'] as const) {
    if (optional[field]) return FEATURES[field]
  }
  return null
}

/** What is in the way of model types whose own code no block of transformers comes near, in words. */
const OWN_CODE: Readonly<Record<string, string>> = {
  kimi_k3: 'attention residuals (every layer looks back at the sums of the blocks of 12 layers before it)'
}

const FEATURES = {
  attnOutputGate: 'an attention output gate',
  attnSinks: 'attention sinks',
  extraPerLayer: 'extra parameters per layer',
  embeddingSize: 'a factorized embedding',
  embeddingNorm: 'an embedding norm',
  hyperConnections: 'hyper-connections',
  lmHeadBias: 'a head bias',
  vHeadDim: 'a value width of its own'
} as const
