import type { Architecture } from '../../../../architecture/architecture.ts'
import { chosenSoftmaxRouter, softmaxRouter } from '../../moe/softmaxRouters.ts'
import { attention, gatedMlp, partOfHeads, wholeHeads } from '../dense/common.ts'
import type { Family } from '../family.ts'
import { hybridFamily, type HybridSpec } from './index.ts'
import { mamba1Mixer, mamba2Mixer } from './mambaMixers.ts'

/** Rotary positions where the config asks for them; in the catalog, where every layer is attention. */
const turns = (a: Architecture): boolean => a.rotaryLayers ? a.rotaryLayers.some(Boolean) : a.layerGroups === undefined

const graniteHybrid = (a: Architecture): HybridSpec => ({
  norm: 'rms',
  order: 'pre',
  attention: attention(a, { rotary: turns(a) ? wholeHeads : null }),
  // GraniteMoeHybridMLP, the shared experts and at the same time the MLP of models without others.
  mlp: { layout: 'fused', up: ['input_linear'], down: 'output_linear', bias: false, activation: 'silu' },
  mlpTargets: true,
  mixers: a.linear ? { mamba2: mamba2Mixer(a, { gate: 'gate-first' }) } : {},
  experts: { router: chosenSoftmaxRouter({ wide: true }), framed: true },
  residualMultiplier: true,
  embeddingScale: 'number',
  head: { scaled: true }
})

const bamba = (a: Architecture): HybridSpec => ({
  norm: 'rms',
  order: 'pre',
  normNames: ['input_layernorm', 'pre_ff_layernorm'],
  attention: attention(a, { rotary: partOfHeads(a.rotaryFraction ?? 0.5) }),
  mlp: gatedMlp(a),
  mixers: { mamba2: mamba2Mixer(a, { gate: 'gate-first' }) },
  head: {}
})

const jamba = (a: Architecture): HybridSpec => ({
  norm: 'rms',
  order: 'pre',
  normNames: ['input_layernorm', 'pre_ff_layernorm'],
  attention: attention(a, { rotary: null }),
  mlp: gatedMlp(a),
  mixers: { mamba1: mamba1Mixer(a, { norms: 'weighted', offersFusion: false }) },
  experts: { router: softmaxRouter({ normalizes: false, castsBack: true, linear: 'router' }) },
  head: {}
})

/** Granite 4: Mamba 2 and attention without positions, or attention alone with them; with experts or without. */
const graniteHybridFamily = hybridFamily(['granitemoehybrid'], 'granitemoehybrid/modeling_granitemoehybrid.py', graniteHybrid)
/** Bamba: Mamba 2 with a few attention layers. */
const bambaFamily = hybridFamily(['bamba'], 'bamba/modeling_bamba.py', bamba)
/** Jamba: Mamba with a few attention layers, experts in every second layer. */
const jambaFamily = hybridFamily(['jamba'], 'jamba/modeling_jamba.py', jamba)

export const MAMBA_HYBRIDS: readonly Family[] = [graniteHybridFamily, bambaFamily, jambaFamily]
