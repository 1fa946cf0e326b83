import type { Architecture } from '../../../../architecture/architecture.ts'
import { slidingLayers } from '../../window.ts'
import { attention, gatedMlp, wholeHeads } from '../dense/common.ts'
import { denseFamily, type DenseSpec } from '../dense/index.ts'
import type { Family } from '../family.ts'
import { stackTargets } from '../../moe/peftNames.ts'
import { perLayerSizes } from '../perLayerInput.ts'
import { routerLayers } from './experts.ts'
import { Gemma4Model, makeOwn, SHARED, STORES } from './model.ts'

/** Gemma 4's blocks, and those of Gemma 3n within its streams. */
export const gemma4 = (a: Architecture): DenseSpec => ({
  norm: 'power-rms',
  order: 'sandwich',
  attention: attention(a, { rotary: wholeHeads }),
  mlp: gatedMlp(a, 'gelu'),
  embeddingScale: 'tensor',
  head: { softcap: a.softcaps?.logits ?? true },
  bothMasks: true,
  rotaryPerKind: true
})

/** Kinds of layers: sliding or full, and whether they use keys of their own, lend them, or borrow them. */
function layerKinds (a: Architecture): string[] {
  const slides = slidingLayers(a)
  const first = a.layers - (a.layerGroups ?? []).reduce((sum, group) => sum + (group.kvShared ? group.count : 0), 0)
  const lender = (sliding: boolean): number => slides.slice(0, first).lastIndexOf(sliding)
  return slides.map((sliding, i) => `${sliding ? 'sliding' : 'full'}${i >= first ? SHARED : i === lender(sliding) ? STORES : ''}`)
}

const base = denseFamily(['gemma4_text', 'gemma4'], 'gemma4/modeling_gemma4.py', gemma4)

/** Gemma 4: norms by a power, wide heads in global layers, and in the E models shared keys and embeddings per layer. */
export const gemma4Family: Family = {
  ...base,
  stackTargets: (a) => a.moe ? stackTargets(a) : [],
  layerKinds,
  linearLayers: (a) => {
    const { hiddenSize: h } = a
    const sizes = perLayerSizes(a)
    const groups = a.layerGroups ?? []
    const [headDim, width] = [Math.max(a.headDim, ...groups.map((g) => g.headDim ?? 0)), Math.max(a.intermediateSize, ...groups.map((g) => g.intermediateSize ?? 0))]
    const key = Math.max(a.kvHeads * a.headDim, ...groups.map((g) => (g.kvHeads ?? a.kvHeads) * (g.headDim ?? a.headDim)))
    return new Map<string, readonly [number, number]>([
      ['q_proj', [a.heads * headDim, h]], ['k_proj', [key, h]], ['v_proj', [key, h]], ['o_proj', [h, a.heads * headDim]],
      ['gate_proj', [width, h]], ['up_proj', [width, h]], ['down_proj', [h, width]],
      ...(a.moe ? routerLayers(a.moe.experts, h) : []),
      ...(sizes ? [['per_layer_input_gate', [sizes.size, h]], ['per_layer_projection', [h, sizes.size]], ['per_layer_model_projection', [a.layers * sizes.size, h]]] as const : [])
    ])
  },
  build: (builder, places) => new Gemma4Model(builder, places, gemma4(builder.run.architecture), makeOwn(builder))
}
