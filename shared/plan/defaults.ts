import { findModel } from '../catalog/index.ts'
import type { Method, Plan } from './schema.ts'

const ADAPTER = { rank: 8, alpha: 16, dropout: 0, adapterType: 'fp32', dora: false } as const

/**
 * LoRA's targets where a block has no q_proj and v_proj: those of peft/utils/constants.py
 * TRANSFORMERS_MODELS_TO_LORA_TARGET_MODULES_MAPPING, and every linear layer where PEFT names none.
 */
const DEFAULT_TARGETS: Readonly<Record<string, Extract<Method, { targets: unknown }>['targets']>> = {
  gpt2: ['c_attn'],
  gpt_bigcode: ['c_attn'],
  gpt_neox: ['query_key_value'],
  bloom: ['query_key_value'],
  falcon: ['query_key_value'],
  mpt: ['Wqkv'],
  telechat: 'all-linear',
  phi3small: 'all-linear',
  bert: ['query', 'value'],
  roberta: ['query', 'value'],
  'xlm-roberta': ['query', 'value'],
  t5: ['q', 'v'],
  mt5: ['q', 'v'],
  minicpm3: 'all-linear',
  mamba: 'all-linear',
  falcon_mamba: 'all-linear',
  phi3: 'all-linear',
  deepseek_v2: 'all-linear',
  deepseek_v3: 'all-linear',
  deepseek_v32: 'all-linear',
  glm_moe_dsa: 'all-linear',
  glm4_moe_lite: 'all-linear',
  mamba2: 'all-linear',
  mistral4: 'all-linear',
  deepseek_v4: 'all-linear',
  kimi_k25: 'all-linear',
  kimi_vl: 'all-linear',
  bailing_moe: ['query_key_value'],
  bailing_moe_v2: ['query_key_value'],
  sarvam_moe: ['query_key_value'],
  sarvam_mla: 'all-linear',
  dbrx: ['Wqkv']
}

/** The default settings of a method: PEFT's (rank 8, no dropout, adapters in fp32), targets as in the LoRA and QLoRA papers, LLaMA-Factory's two blocks for freeze-tuning. A model whose blocks name their layers otherwise gets targets that it has. */
export function defaultMethod (kind: Method['kind'], modelId?: string): Method {
  const method = plainDefault(kind)
  const targets = modelId === undefined ? undefined : DEFAULT_TARGETS[findModel(modelId)?.architecture.modelType ?? '']
  return targets && 'targets' in method && method.targets !== 'all-linear' ? { ...method, targets, ...'feedForward' in method && { feedForward: [] } } as Method : method
}

function plainDefault (kind: Method['kind']): Method {
  switch (kind) {
    case 'full': return { kind }
    case 'freeze': return { kind, trainableLayers: 2 }
    case 'lora': return { kind, ...ADAPTER, modulesToSave: [], targets: ['q_proj', 'v_proj'] }
    case 'qlora': return {
      kind,
      ...ADAPTER,
      rank: 16,
      alpha: 32,
      adapterType: 'bf16',
      modulesToSave: [],
      targets: 'all-linear',
      quantization: { type: 'nf4', doubleQuantization: true },
      upcastUnquantized: false
    }
    // PEFT's own defaults where it has them: VeraConfig r=256, IA3Config's modules of Llama, LLaMA-Factory's block size of OFT.
    case 'vera': return { kind, targets: ['q_proj', 'v_proj'], adapterType: 'fp32', rank: 256, dropout: 0 }
    case 'ia3': return { kind, targets: ['k_proj', 'v_proj', 'down_proj'], adapterType: 'fp32', feedForward: ['down_proj'] }
    case 'oft': return { kind, targets: 'all-linear', adapterType: 'fp32', blockSize: 32 }
    case 'prefix': return { kind, virtualTokens: 20, encoderHiddenSize: null }
    case 'prompt': return { kind, virtualTokens: 20 }
    case 'p-tuning': return { kind, virtualTokens: 20, encoderHiddenSize: 128 }
  }
}

/** A complete plan as the Hugging Face Trainer runs it with bf16=True: a LoRA of Llama-3.1-8B unless another model is named. */
export function defaultPlan (modelId = 'meta-llama/Llama-3.1-8B'): Plan {
  return {
    type: 'headroom/plan',
    version: 1,
    model: { id: modelId },
    algorithm: 'sft',
    method: defaultMethod('lora', modelId),
    precision: { weights: 'bf16', autocast: 'bf16', outputsToFp32: true },
    optimizer: { kind: 'adamw', implementation: 'fused' },
    data: { sequenceLength: 2048, microBatch: 1, gradientAccumulation: 1, padding: false },
    runtime: { attention: 'flash', checkpointing: 'non-reentrant', loss: 'hugging-face', fusedKernels: [], keepsLogits: false }
  }
}

/** LoRA and QLoRA: a method that trains low-rank adapters over a frozen base. */
export type AdapterMethod = Extract<Method, { kind: 'lora' | 'qlora' }>

/** Whether the method is LoRA or QLoRA, and with that has a rank, targets and modules to save. */
export const hasAdapters = (method: Method): method is AdapterMethod => method.kind === 'lora' || method.kind === 'qlora'

/** A method that puts something on single linear layers. */
export type TargetedMethod = Extract<Method, { targets: unknown }>

export const hasTargets = (method: Method): method is TargetedMethod => 'targets' in method

/** Trained tokens that a method puts before every sequence; 0 for most. */
export const virtualTokensOf = (method: Method): number => 'virtualTokens' in method ? method.virtualTokens : 0
