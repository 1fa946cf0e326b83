import { defaultMethod, type FloatType, type Method, type Quantization } from '#shared/plan/index.ts'

/** The settings of an oracle row that say what is trained. */
export interface MethodSettings {
  method: string
  lora_rank: number | null
  lora_targets: string[] | 'all-linear' | null
  lora_dropout: number
  adapter_dtype: FloatType | null
  modules_to_save: string[] | null
  freeze_trainable_layers: number | null
  freeze_modules?: string[] | null
  nf4_double_quant: boolean | null
  kbit_prep_fp32: boolean
  use_dora?: boolean | null
  use_rslora?: boolean | null
  init_lora_weights?: string | boolean | null
  rank_pattern?: Record<string, number> | null
  alpha_pattern?: Record<string, number> | null
  quantization?: string | null
  ia3_feedforward?: string[] | null
  feedforward_modules?: string[] | null
  oft_block_size?: number | null
  num_virtual_tokens?: number | null
  prefix_projection?: boolean | null
  encoder_hidden_size?: number | null
}

/** PEFT's names of the methods, of their tuners and of PeftType. */
const KINDS: Readonly<Record<string, Method['kind']>> = {
  full: 'full', freeze: 'freeze', lora: 'lora', dora: 'lora', rslora: 'lora', pissa: 'lora', lora_plus: 'lora', loraplus: 'lora', qlora: 'qlora', qdora: 'qlora',
  vera: 'vera', ia3: 'ia3', oft: 'oft', prefix: 'prefix', prefix_tuning: 'prefix', prompt: 'prompt', prompt_tuning: 'prompt', p_tuning: 'p-tuning', ptuning: 'p-tuning'
}

/** What families call the embedding and the head. */
const OUTSIDE_BLOCKS: Readonly<Record<string, string>> = { embed_in: 'embed_tokens', wte: 'embed_tokens', word_embeddings: 'embed_tokens', embed_out: 'lm_head' }

const targetsOf = (s: MethodSettings): string[] => [s.lora_targets ?? []].flat().map((name) => OUTSIDE_BLOCKS[name] ?? name)

/** What PEFT looks up in the model's config where a setting is absent. */
export interface ConfigSizes {
  readonly hidden_size?: number
  readonly num_attention_heads?: number
  readonly num_key_value_heads?: number
  readonly head_dim?: number
}

/** The method of an oracle row as a plan has it; null when a plan cannot have it. */
export function methodOf (s: MethodSettings, config: ConfigSizes = {}): Method | null {
  const name = s.method.toLowerCase().replaceAll('-', '_')
  const kind = KINDS[name]
  const targeted = { targets: targetsOf(s), adapterType: s.adapter_dtype ?? 'fp32' }
  const virtualTokens = s.num_virtual_tokens ?? 20
  const base = s.quantization ? { quantization: quantization(s), upcastUnquantized: s.kbit_prep_fp32 } : {}
  switch (kind) {
    case 'full': return { kind }
    case 'freeze': return { kind, trainableLayers: s.freeze_trainable_layers ?? 2, ...s.freeze_modules ? { modules: s.freeze_modules } : {} }
    case 'vera': return { kind, ...targeted, rank: s.lora_rank ?? 256, dropout: s.lora_dropout, ...base }
    case 'ia3': return { kind, ...targeted, feedForward: s.ia3_feedforward ?? s.feedforward_modules ?? targeted.targets.filter((target) => target === 'down_proj'), ...base }
    case 'oft': return { kind, ...targeted, blockSize: s.oft_block_size ?? 32, ...base }
    case 'prefix': return { kind, virtualTokens, encoderHiddenSize: s.prefix_projection ? s.encoder_hidden_size ?? keyWidth(config) : null, ...base }
    case 'prompt': return { kind, virtualTokens, ...base }
    case 'p-tuning': {
      const encoderHiddenSize = s.encoder_hidden_size ?? config.hidden_size
      return encoderHiddenSize ? { kind, virtualTokens, encoderHiddenSize, ...base } : null
    }
    case 'lora': return { ...defaultMethod('lora'), ...lora(s, name) } as Method
    case 'qlora': return { ...defaultMethod('qlora'), ...lora(s, name), quantization: quantization(s), upcastUnquantized: s.kbit_prep_fp32 } as Method
    default: return null
  }
}

/** PEFT's token_dim of a prefix: the width of one layer's keys (peft/utils/other.py _prepare_prompt_learning_config). */
function keyWidth ({ hidden_size: hidden = 0, num_attention_heads: heads = 1, num_key_value_heads: kvHeads = heads, head_dim: headDim = hidden / heads }: ConfigSizes): number {
  return kvHeads * headDim
}

function lora (s: MethodSettings, name: string): Partial<Method> {
  return {
    rank: s.lora_rank ?? 8,
    dropout: s.lora_dropout,
    targets: s.lora_targets === 'all-linear' || s.lora_targets === null ? 'all-linear' : targetsOf(s),
    adapterType: s.adapter_dtype ?? 'fp32',
    modulesToSave: (s.modules_to_save ?? []) as ('embed_tokens' | 'lm_head')[],
    dora: name === 'dora' || name === 'qdora' || (s.use_dora ?? false),
    ...(s.rank_pattern ? { rankPattern: s.rank_pattern } : {}),
    ...(s.alpha_pattern ? { alphaPattern: s.alpha_pattern } : {})
  }
}

/** The stand-in for bitsandbytes is nf4 unless the row says otherwise. */
function quantization (s: MethodSettings): Quantization {
  return { type: (s.quantization ?? 'nf4') as Quantization['type'], doubleQuantization: s.nf4_double_quant ?? true }
}
