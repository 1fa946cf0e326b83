import type { Architecture } from '../../../../architecture/architecture.ts'
import type { Activation } from '../../activations.ts'
import type { AttentionSpec, FeedForwardSpec, RotaryStyle } from './spec.ts'

/* Parts that most specifications share. */

/** Whole heads turned, tables in the activations' type. */
export const wholeHeads: RotaryStyle = { fraction: 1, joins: false, type: 'activations' }

/** Part of each head turned, the rest joined to it again. */
export const partOfHeads = (fraction: number): RotaryStyle => ({ fraction, joins: true, type: 'activations' })

/** q_proj, k_proj, v_proj and o_proj with the biases of the architecture. */
export const attention = (a: Architecture, own: Partial<AttentionSpec>): AttentionSpec => ({
  layout: 'separate',
  projections: ['q_proj', 'k_proj', 'v_proj'],
  out: 'o_proj',
  qkvBias: a.attentionBias === 'qkv' || a.attentionBias === 'all',
  outBias: a.attentionBias === 'o' || a.attentionBias === 'all',
  qkNorm: null,
  rotary: null,
  ...(a.dropout ? { dropout: a.dropout.attention } : {}),
  ...own
})

export const gatedMlp = (a: Architecture, activation: Activation = 'silu'): FeedForwardSpec => ({
  layout: 'separate', up: ['gate_proj', 'up_proj'], down: 'down_proj', bias: a.mlpBias, activation
})

/** gate and up as one layer. */
export const fusedGatedMlp = (a: Architecture): FeedForwardSpec => ({
  layout: 'fused', up: ['gate_up_proj'], down: 'down_proj', bias: a.mlpBias, activation: 'silu'
})

export const plainMlp = (a: Architecture, up: string, down: string, activation: Activation): FeedForwardSpec => ({
  layout: 'plain', up: [up], down, bias: a.mlpBias, activation
})
