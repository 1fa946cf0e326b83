import type { Storage } from './tape/index.ts'

/* Where it is written that a buffer exists: file and function of the framework. Looked up by role first, then by module. */

const BY_ROLE: Readonly<Record<string, string>> = {
  'weight gradient': 'PyTorch torch/csrc/autograd/functions/accumulate_grad.h AccumulateGrad',
  'bias gradient': 'PyTorch torch/csrc/autograd/functions/accumulate_grad.h AccumulateGrad',
  'sum of gradients': 'PyTorch torch/csrc/autograd/input_buffer.cpp InputBuffer::accumulate',
  'exp_avg': 'PyTorch torch/optim/adam.py Adam._init_group',
  'exp_avg_sq': 'PyTorch torch/optim/adam.py Adam._init_group',
  'step': 'PyTorch torch/optim/adam.py Adam._init_group',
  'momentum_buffer': 'PyTorch torch/optim/sgd.py SGD._init_group',
  'square root of exp_avg_sq': 'PyTorch torch/optim/adam.py _multi_tensor_adam, _single_tensor_adam',
  'denominator': 'PyTorch torch/optim/adam.py _single_tensor_adam',
  'autocast copy of the weight': 'PyTorch ATen/autocast_mode.cpp cached_cast',
  'input in the autocast type': 'PyTorch ATen/autocast_mode.cpp cached_cast',
  'in the autocast type': 'PyTorch ATen/autocast_mode.cpp, scaled_dot_product_attention in lower_precision_fp',
  'lora_A': 'PEFT peft/tuners/lora/layer.py LoraLayer.update_layer',
  'lora_B': 'PEFT peft/tuners/lora/layer.py LoraLayer.update_layer',
  'input in the adapter type': 'PEFT peft/tuners/lora/layer.py Linear.forward',
  'lora_embedding_A': 'PEFT peft/tuners/lora/layer.py Embedding.update_layer',
  'lora_embedding_B': 'PEFT peft/tuners/lora/layer.py Embedding.update_layer',
  'lora_magnitude_vector': 'PEFT peft/tuners/lora/dora.py DoraLinearLayer.update_layer',
  'keys with the prefix': 'transformers cache_utils.py DynamicLayer.update',
  'values with the prefix': 'transformers cache_utils.py DynamicLayer.update',
  'vera_A': 'PEFT peft/tuners/vera/model.py VeraModel._init_vera_A_vera_B',
  'vera_B': 'PEFT peft/tuners/vera/model.py VeraModel._init_vera_A_vera_B',
  'vera_lambda_b': 'PEFT peft/tuners/vera/layer.py VeraLayer.update_layer',
  'vera_lambda_d': 'PEFT peft/tuners/vera/layer.py VeraLayer.update_layer',
  'ia3_l': 'PEFT peft/tuners/ia3/layer.py IA3Layer.update_layer',
  'scaled output': 'PEFT peft/tuners/ia3/layer.py Linear.forward',
  'scaled input': 'PEFT peft/tuners/ia3/layer.py Linear.forward',
  'oft_R': 'PEFT peft/tuners/oft/layer.py OFTRotationModule',
  'rotation': 'PEFT peft/tuners/oft/layer.py OFTRotationModule._cayley_batch',
  'rotated input': 'PEFT peft/tuners/oft/layer.py OFTRotationModule.forward',
  'dropout mask': 'PyTorch aten native_dropout',
  'dequantized weight': 'PEFT peft/utils/integrations.py dequantize_module_weight',
  'clone of the base output': 'PEFT peft/tuners/lora/bnb.py Linear4bit.forward',
  'outputs in fp32': 'accelerate utils/operations.py ConvertOutputsToFp32',
  'dq accumulator': 'flash-attention csrc/flash_attn/flash_api.cpp mha_bwd',
  'softmax_d': 'flash-attention csrc/flash_attn/flash_api.cpp mha_bwd',
  'additive mask': 'PyTorch ATen/native/transformers/attention.cpp convert_boolean_attn_mask',
  'additive mask, aligned': 'PyTorch ATen/native/transformers/attention.cpp pad_bias',
  'block input, back from host memory': 'PyTorch torch/autograd/graph.py save_on_cpu; transformers modeling_utils.py gradient_checkpointing_enable',
  'staging buffer': 'unsloth_zoo gradient_checkpointing.py UnslothCheckpointFunction.forward',
  'repeated heads': 'transformers integrations/sdpa_attention.py repeat_kv'
}

/** Packed weights and what unpacks them, by the first word of their role. */
const FORMATS: Readonly<Record<string, string>> = {
  nf4: 'bitsandbytes functional.py quantize_4bit',
  fp4: 'bitsandbytes functional.py quantize_4bit',
  int8: 'bitsandbytes autograd/_functions.py MatMul8bitLt',
  gptq: 'GPTQModel nn_modules/qlinear/tritonv2.py TritonV2Linear',
  awq: 'GPTQModel nn_modules/qlinear/gemm_awq.py AwqGEMMLinear',
  hqq: 'hqq core/quantize.py HQQLinear',
  eetq: 'transformers integrations/eetq.py EetqLinear',
  aqlm: 'aqlm inference.py QuantizedLinear',
  fp8: 'transformers integrations/finegrained_fp8.py FP8Linear',
  mxfp4: 'transformers integrations/mxfp4.py'
}

/** `@` stands for the file of transformers that the model's family mirrors. */
const BY_MODULE: Readonly<Record<string, string>> = {
  embed_tokens: '@Model',
  prompt_encoder: 'PEFT peft/peft_model.py PeftModelForCausalLM.forward, get_prompt',
  past_key_values: 'PEFT peft/peft_model.py get_prompt; transformers cache_utils.py DynamicCache',
  vera: 'PEFT peft/tuners/vera/model.py VeraModel._init_vera_A_vera_B',
  input_layernorm: '@Norm.forward',
  post_attention_layernorm: '@Norm.forward',
  norm: '@Norm.forward',
  q_norm: 'transformers models/qwen3/modeling_qwen3.py Qwen3Attention.forward',
  k_norm: 'transformers models/qwen3/modeling_qwen3.py Qwen3Attention.forward',
  rotary: '@apply_rotary_pos_emb',
  rotary_emb: '@RotaryEmbedding.forward',
  attention: 'PyTorch ATen/native/transformers/cuda/attention.cu; transformers integrations/sdpa_attention.py',
  attention_mask: 'transformers masking_utils.py create_causal_mask',
  act_fn: '@MLP.forward',
  swiglu: 'Liger-Kernel liger_kernel/ops/swiglu.py',
  residual: '@DecoderLayer.forward',
  lm_head: '@ForCausalLM.forward',
  cross_entropy: 'transformers loss/loss_utils.py ForCausalLMLoss',
  liger_cross_entropy: 'Liger-Kernel liger_kernel/ops/fused_linear_cross_entropy.py',
  batch: 'transformers trainer.py Trainer._prepare_inputs',
  chunked_cross_entropy: 'TRL trl/trainer/sft_trainer.py _chunked_cross_entropy_loss',
  entropy_from_logits: 'TRL trl/trainer/utils.py entropy_from_logits; trainer/sft_trainer.py SFTTrainer.compute_loss',
  linear_cross_entropy: 'torchtune torchtune/modules/loss/cross_entropy_loss.py LinearCrossEntropyLoss',
  unsloth_cross_entropy: 'unsloth_zoo fused_losses/cross_entropy_loss.py UnslothFusedLoss',
  liger_loss: 'Liger-Kernel liger_kernel/ops/cross_entropy.py LigerCrossEntropyFunction',
  router_loss: 'transformers models/mixtral/modeling_mixtral.py load_balancing_loss_func',
  altup: '@TextAltUp',
  clip_grad_norm_: 'PyTorch torch/nn/utils/clip_grad.py clip_grad_norm_',
  loss: 'PyTorch torch/autograd/__init__.py backward'
}

/** Where it is written that a buffer exists. `modelFile` is the file of transformers that the model's family mirrors. */
export function sourceOf ({ role, module, category, source }: Storage, modelFile: string): string {
  if (source) return source
  const format = FORMATS[/^dequantized weight of (\w+)$/.exec(role)?.[1] ?? role.split(/[ :]/)[0]!]
  if (format) return format
  if (category === 'quantization-state') return FORMATS['nf4']!
  const known = BY_ROLE[role] ?? BY_MODULE[module] ?? (MLP_LAYER.test(module) ? '@MLP.forward' : '@Attention.forward')
  return known.startsWith('@') ? `${modelFile} ${className(known.slice(1), modelFile)}` : known
}

/** Llama's classes carry its name; for other files the part of the block is named, as every one of them has it. */
function className (part: string, modelFile: string): string {
  if (!modelFile.endsWith('modeling_llama.py') || part === 'apply_rotary_pos_emb') return part
  return `Llama${part === 'Norm.forward' ? 'RMSNorm.forward' : part}`
}

/** Names of the linear layers that belong to a block's MLP, over all families. */
const MLP_LAYER = /^(gate|up|down|gate_up)_proj$|^dense_(h_to_4h|4h_to_h)$|^fc|^c_fc$|expert|router|swiglu/
