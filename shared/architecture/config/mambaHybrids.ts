import type { Architecture } from '../architecture.ts'
import type { LayerGroup } from '../layerGroup.ts'
import type { Mamba2 } from '../linearMixer.ts'
import type { ConfigFields } from './fields.ts'
import { groupLayers, layerTypes } from './hybrid.ts'
import { llamaLike } from './llama.ts'
import { experts, sharedExperts, sizeOfAny } from './mixture.ts'
import { rotaryFraction } from './parts.ts'

/* Readers of the model types in which Mamba layers stand among others. */

/** `mamba_*` of the configurations of Granite, Bamba and Falcon-H1. */
export function mamba2Of (c: ConfigFields, usual: { readonly stateSize: number, readonly chunk?: number }): Mamba2 {
  const heads = c.sizeOr('mamba_n_heads', 128)
  const innerSize = c.sizeOr('mamba_d_ssm', null) ?? Math.floor(c.numberOr('mamba_expand', 2) * c.sizeOr('hidden_size', 4096))
  const headDim = c.numberOr('mamba_d_head', null) ?? innerSize / heads
  return {
    type: 'mamba2',
    innerSize,
    heads,
    headDim,
    stateSize: c.sizeOr('mamba_d_state', usual.stateSize),
    groups: c.sizeOr('mamba_n_groups', 1),
    convKernel: c.sizeOr('mamba_d_conv', 4),
    chunk: c.sizeOr('mamba_chunk_size', usual.chunk ?? 256),
    ...(c.flag('mamba_proj_bias', false) ? { bias: true } : {}),
    ...(c.flag('mamba_conv_bias', true) ? {} : { convBias: false })
  }
}

const isAttention = (type: string): boolean => type === 'attention' || type === 'full_attention'

/** configuration_granitemoehybrid.py: every MLP is the shared one; experts beside it where there are any. */
export function graniteHybrid (c: ConfigFields): Architecture {
  const given = c.texts('layer_types') ?? c.texts('layers_block_type')
  const types = given ?? layerTypes(c, () => 'mamba')
  const count = sizeOfAny(c, ['num_local_experts'], 8)
  const width = c.sizeOr('shared_intermediate_size', 1024)
  const turns = c.text('position_embedding_type') === 'rope'
  return {
    ...llamaLike(c),
    intermediateSize: width,
    linear: mamba2Of(c, { stateSize: 256 }),
    rotaryLayers: types.map((type) => turns && isAttention(type)),
    ...(count > 0
      ? {
        moe: experts({
          experts: count,
          expertsPerToken: c.sizeOr('num_experts_per_tok', 2),
          intermediateSize: c.size('intermediate_size'),
          sharedExperts: sharedExperts(1, width)
        })
      }
      : {}),
    ...groupLayers(types.map((type) => ({ mixer: isAttention(type) ? 'attention' : 'mamba2', ffn: count > 0 ? 'moe' : 'mlp' })))
  }
}

/** configuration_bamba.py: attention where attn_layer_indices says. */
export function bamba (c: ConfigFields): Architecture {
  const attentionLayers = c.numbers('attn_layer_indices') ?? []
  const types = layerTypes(c, (i) => attentionLayers.includes(i) ? 'attention' : 'mamba')
  return {
    ...llamaLike(c),
    kvHeads: c.sizeOr('num_key_value_heads', 8),
    rotaryFraction: rotaryFraction(c, 0.5),
    linear: mamba2Of(c, { stateSize: 256 }),
    ...groupLayers(types.map((type) => ({ mixer: isAttention(type) ? 'attention' : 'mamba2', ffn: 'mlp' })))
  }
}

/** configuration_jamba.py: attention and experts each in every nth layer, counted from an offset. */
export function jamba (c: ConfigFields): Architecture {
  const hiddenSize = c.sizeOr('hidden_size', 4096)
  const every = (period: string, offset: string, usual: readonly [number, number]) => (i: number): boolean =>
    i % c.sizeOr(period, usual[0]) === c.sizeOr(offset, usual[1])
  const [attends, mixes] = [every('attn_layer_period', 'attn_layer_offset', [8, 4]), every('expert_layer_period', 'expert_layer_offset', [2, 1])]
  const count = sizeOfAny(c, ['num_experts', 'num_local_experts'], 16)
  return {
    ...llamaLike(c),
    kvHeads: c.sizeOr('num_key_value_heads', 8),
    linear: {
      type: 'mamba1',
      innerSize: c.sizeOr('mamba_expand', 2) * hiddenSize,
      stateSize: c.sizeOr('mamba_d_state', 16),
      convKernel: c.sizeOr('mamba_d_conv', 4),
      dtRank: c.numberOr('mamba_dt_rank', null) ?? Math.ceil(hiddenSize / 16),
      dtBcNorms: true,
      ...(c.flag('mamba_proj_bias', false) ? { bias: true } : {}),
      ...(c.flag('mamba_conv_bias', true) ? {} : { convBias: false })
    },
    ...(count > 1 ? { moe: experts({ experts: count, expertsPerToken: c.sizeOr('num_experts_per_tok', 2), intermediateSize: c.size('intermediate_size') }) } : {}),
    ...groupLayers(Array.from({ length: c.size('num_hidden_layers') }, (_, i) => ({ mixer: attends(i) ? 'attention' : 'mamba1', ffn: mixes(i) && count > 1 ? 'moe' : 'mlp' })))
  }
}

/** configuration_falcon_h1.py: attention and Mamba 2 side by side in every layer. */
export function falconH1 (c: ConfigFields): Architecture {
  const layers = c.size('num_hidden_layers')
  return {
    ...llamaLike(c),
    kvHeads: c.sizeOr('num_key_value_heads', 8),
    linear: {
      ...mamba2Of(c, { stateSize: 256 }),
      ...(c.flag('mamba_rms_norm', false) ? {} : { gateNorm: false }),
      ...(c.flag('mamba_norm_before_gate', true) ? { normFirst: true } : {}),
      ...(c.flag('projectors_bias', false) === c.flag('mamba_proj_bias', false) ? {} : { outBias: c.flag('projectors_bias', false) })
    },
    layerGroups: [{ count: layers, mixer: 'parallel-attention-mamba2', ffn: 'mlp' }]
  }
}

const NEMOTRON_LAYERS: Readonly<Record<string, Pick<LayerGroup, 'mixer' | 'ffn'>>> = {
  'M': { mixer: 'mamba2', ffn: 'none' },
  '*': { mixer: 'attention', ffn: 'none' },
  '-': { mixer: 'none', ffn: 'mlp' },
  'E': { mixer: 'none', ffn: 'moe' }
}

const NEMOTRON_TYPES: Readonly<Record<string, string>> = {
  linear_attention: 'M', mamba: 'M', full_attention: '*', attention: '*', mlp: '-', moe: 'E'
}

/** configuration_nemotron_h.py: `layers_block_type`, or the pattern of letters of older configs. */
export function nemotronH (c: ConfigFields): Architecture {
  const types = c.texts('layers_block_type') ?? c.texts('layer_types')
  const letters = types?.map((type) => NEMOTRON_TYPES[type] ?? type) ?? [...c.text('hybrid_override_pattern') ?? '']
  if (letters.length === 0) c.reject('layers_block_type', 'absent')
  const unknown = letters.find((letter) => !NEMOTRON_LAYERS[letter])
  if (unknown) c.reject('layers_block_type', unknown)
  const layers = letters.map((letter) => NEMOTRON_LAYERS[letter] ?? NEMOTRON_LAYERS['M']!)
  const heads = c.sizeOr('mamba_num_heads', 128)
  const headDim = c.sizeOr('mamba_head_dim', 64)
  const latent = c.sizeOr('moe_latent_size', null)
  const of = (names: readonly [string, ...string[]], otherwise: number): number => sizeOfAny(c, names, otherwise)
  return {
    ...llamaLike(c.with('num_hidden_layers', layers.length).with('intermediate_size', c.sizeOr('intermediate_size', 21504))),
    kvHeads: c.sizeOr('num_key_value_heads', 8),
    headDim: c.sizeOr('head_dim', 128),
    attentionBias: 'none',
    normsPerLayer: 1,
    mlpType: 'relu2',
    linear: {
      type: 'mamba2',
      innerSize: heads * headDim,
      heads,
      headDim,
      stateSize: c.sizeOr('ssm_state_size', 128),
      groups: of(['mamba_n_groups', 'n_groups'], 8),
      convKernel: of(['mamba_d_conv', 'conv_kernel'], 4),
      chunk: of(['mamba_chunk_size', 'chunk_size'], 128),
      ...(c.flag('use_bias', false) ? { bias: true } : {}),
      ...(c.flag('mamba_conv_bias', c.flag('use_conv_bias', true)) ? {} : { convBias: false })
    },
    ...(layers.some(({ ffn }) => ffn === 'moe')
      ? {
        moe: experts({
          experts: of(['n_routed_experts', 'num_local_experts'], 8),
          expertsPerToken: c.sizeOr('num_experts_per_tok', 2),
          intermediateSize: c.sizeOr('moe_intermediate_size', 7688),
          sharedExperts: sharedExperts(1, c.sizeOr('moe_shared_expert_intermediate_size', 7688)),
          routerBias: true,
          routing: { normalizes: c.flag('norm_topk_prob', true), groups: c.sizeOr('n_group', 1), chosenGroups: c.sizeOr('topk_group', 1) },
          ...(latent === null ? {} : { expertHiddenSize: latent })
        })
      }
      : {}),
    ...groupLayers(layers)
  }
}
