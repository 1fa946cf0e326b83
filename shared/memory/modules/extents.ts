import type { ResolvedPlan } from '../resolve.ts'
import { dimension, shape, type Shape } from '../tape/index.ts'
import type { AttentionGeometry } from './attention.ts'
import { LINEAR_LAYERS, linearWidths, type LinearLayer } from './linearLayers.ts'

/** Every extent that occurs in a run, made once: b micro-batch, s sequence, h hidden, f intermediate, nh/nkv heads, d head width, V vocabulary. */
export interface Extents {
  readonly tokens: Shape
  readonly hidden: Shape
  readonly logits: Shape
  readonly queryRows: Shape
  readonly keyRows: Shape
  readonly query: Shape
  readonly key: Shape
  readonly rotary: Shape
  readonly inverseFrequencies: Shape
  readonly positions: Shape
  readonly vocabulary: Shape
  readonly hiddenVector: Shape
  readonly headVector: Shape
  readonly linear: Readonly<Record<LinearLayer, { readonly weight: Shape, readonly bias: Shape, readonly output: Shape, readonly a: Shape, readonly b: Shape }>>
  readonly rank: Shape
  readonly attention: AttentionGeometry
}

export function extentsOf ({ plan, architecture: a }: ResolvedPlan): Extents {
  const batch = dimension('b', plan.data.microBatch)
  const sequence = dimension('s', plan.data.sequenceLength)
  const hidden = dimension('h', a.hiddenSize)
  const intermediate = dimension('f', a.intermediateSize)
  const heads = dimension('nh', a.heads)
  const kvHeads = dimension('nkv', a.kvHeads)
  const headDim = dimension('d', a.headDim)
  const vocabulary = dimension('V', a.vocabSize)
  const rank = dimension('r', plan.method.kind === 'full' ? 1 : plan.method.rank)
  const query = shape(batch, sequence, heads, headDim)
  const key = shape(batch, sequence, kvHeads, headDim)
  const ffn = shape(batch, sequence, intermediate)
  const residual = shape(batch, sequence, hidden)
  const outputs: Readonly<Record<LinearLayer, Shape>> = {
    q_proj: query, k_proj: key, v_proj: key, o_proj: residual, gate_proj: ffn, up_proj: ffn, down_proj: residual
  }
  const symbols: Readonly<Record<LinearLayer, readonly [string, string]>> = {
    q_proj: ['q', 'h'], k_proj: ['k', 'h'], v_proj: ['k', 'h'], o_proj: ['h', 'q'], gate_proj: ['f', 'h'], up_proj: ['f', 'h'], down_proj: ['h', 'f']
  }
  const linear = Object.fromEntries(LINEAR_LAYERS.map((layer) => {
    const [outFeatures, inFeatures] = linearWidths(a, layer)
    const out = dimension(symbols[layer][0], outFeatures)
    const into = dimension(symbols[layer][1], inFeatures)
    return [layer, { weight: shape(out, into), bias: shape(out), output: outputs[layer], a: shape(rank, into), b: shape(out, rank) }]
  })) as unknown as Extents['linear']
  const { padding } = plan.data
  const maskRows = [batch, dimension('1', 1), sequence]
  const aligned = dimension('⌈s⌉₈', Math.ceil(sequence.size / 8) * 8)
  return {
    tokens: shape(batch, sequence),
    hidden: residual,
    logits: shape(batch, sequence, vocabulary),
    queryRows: shape(batch, sequence, heads),
    keyRows: shape(batch, sequence, kvHeads),
    query,
    key,
    rotary: shape(sequence, headDim),
    inverseFrequencies: shape(dimension('d/2', a.headDim / 2)),
    positions: shape(sequence),
    vocabulary: shape(vocabulary, hidden),
    hiddenVector: shape(hidden),
    headVector: shape(headDim),
    linear,
    rank: shape(batch, sequence, rank),
    attention: {
      batch,
      sequence,
      heads,
      kvHeads,
      headDim,
      query,
      scores: shape(batch, heads, sequence, sequence),
      eagerMask: shape(...maskRows, sequence),
      mask: padding ? shape(...maskRows, sequence) : null,
      bias: padding ? shape(...maskRows, aligned) : null
    }
  }
}
