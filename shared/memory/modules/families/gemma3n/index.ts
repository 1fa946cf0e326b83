import type { Architecture } from '../../../../architecture/architecture.ts'
import { slidingLayers } from '../../window.ts'
import { denseFamily } from '../dense/index.ts'
import type { Family } from '../family.ts'
import { gemma4 } from '../gemma4/index.ts'
import { makeOwn, SHARED, STORES } from '../gemma4/model.ts'
import { perLayerSizes } from '../perLayerInput.ts'
import { Gemma3nModel, SPARSE } from './model.ts'

/** Kinds of layers: sliding or full, whether they use keys of their own, lend them, or borrow them, and whether the gate is cut. */
function layerKinds (a: Architecture): string[] {
  const { sparseLayers, borrowingLayers } = a.altUp!
  const slides = slidingLayers(a)
  // Nothing is shared unless some layers have keys of their own.
  const first = borrowingLayers < a.layers ? a.layers - borrowingLayers : a.layers
  const lender = (sliding: boolean): number => slides.slice(0, first).lastIndexOf(sliding)
  return slides.map((sliding, i) => {
    const source = i >= first ? SHARED : i === lender(sliding) ? STORES : ''
    return `${sliding ? 'sliding' : 'full'}${source}${sparseLayers[i] ? SPARSE : ''}`
  })
}

const base = denseFamily(['gemma3n_text'], 'gemma3n/modeling_gemma3n.py', gemma4)

/** Gemma 3n: several residual streams (AltUp), a learned low-rank residual, embeddings per layer, sparse gates, shared keys. */
export const gemma3nFamily: Family = {
  ...base,
  refuses: (a) => a.altUp && perLayerSizes(a) ? null : 'sizes of its streams and per-layer embeddings',
  layerKinds,
  linearLayers: (a) => {
    const { hiddenSize: h, layers } = a
    const [{ streams: n, laurelRank: r }, { size: p }] = [a.altUp!, perLayerSizes(a)!]
    return new Map<string, readonly [number, number]>([
      ...base.linearLayers(a),
      ['correction_coefs', [n, n]], ['prediction_coefs', [n * n, n]], ['modality_router', [n, h]],
      ['linear_left', [r, h]], ['linear_right', [h, r]],
      ['per_layer_input_gate', [p, h]], ['per_layer_projection', [h, p]], ['per_layer_model_projection', [layers * p, h]],
      ['altup_projections', [h, h]], ['altup_unembed_projections', [h, h]]
    ])
  },
  build: (builder, places) => new Gemma3nModel(builder, places, gemma4(builder.run.architecture), makeOwn(builder))
}
