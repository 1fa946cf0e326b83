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
  'dropout mask': 'PyTorch aten native_dropout',
  'dequantized weight': 'bitsandbytes autograd/_functions.py MatMul4Bit',
  'clone of the base output': 'PEFT peft/tuners/lora/bnb.py Linear4bit.forward',
  'outputs in fp32': 'accelerate utils/operations.py ConvertOutputsToFp32',
  'dq accumulator': 'flash-attention csrc/flash_attn/flash_api.cpp mha_bwd',
  'softmax_d': 'flash-attention csrc/flash_attn/flash_api.cpp mha_bwd',
  'additive mask': 'PyTorch ATen/native/transformers/attention.cpp convert_boolean_attn_mask',
  'additive mask, aligned': 'PyTorch ATen/native/transformers/attention.cpp pad_bias',
  'repeated heads': 'transformers integrations/sdpa_attention.py repeat_kv'
}

const LLAMA = 'transformers models/llama/modeling_llama.py'
const BY_MODULE: Readonly<Record<string, string>> = {
  embed_tokens: `${LLAMA} LlamaModel`,
  input_layernorm: `${LLAMA} LlamaRMSNorm.forward`,
  post_attention_layernorm: `${LLAMA} LlamaRMSNorm.forward`,
  norm: `${LLAMA} LlamaRMSNorm.forward`,
  q_norm: 'transformers models/qwen3/modeling_qwen3.py Qwen3Attention.forward',
  k_norm: 'transformers models/qwen3/modeling_qwen3.py Qwen3Attention.forward',
  rotary: `${LLAMA} apply_rotary_pos_emb`,
  rotary_emb: `${LLAMA} LlamaRotaryEmbedding.forward`,
  attention: 'PyTorch ATen/native/transformers/cuda/attention.cu; transformers integrations/sdpa_attention.py',
  attention_mask: 'transformers masking_utils.py create_causal_mask',
  act_fn: `${LLAMA} LlamaMLP.forward`,
  swiglu: 'Liger-Kernel liger_kernel/ops/swiglu.py',
  residual: `${LLAMA} LlamaDecoderLayer.forward`,
  lm_head: `${LLAMA} LlamaForCausalLM.forward`,
  cross_entropy: 'transformers loss/loss_utils.py ForCausalLMLoss',
  liger_cross_entropy: 'Liger-Kernel liger_kernel/ops/fused_linear_cross_entropy.py',
  batch: 'transformers trainer.py Trainer._prepare_inputs',
  loss: 'PyTorch torch/autograd/__init__.py backward'
}

export function sourceOf ({ role, module, category }: Storage): string {
  if (category === 'quantization-state' || (category === 'weights' && role.endsWith('4 weight'))) return 'bitsandbytes functional.py quantize_4bit'
  return BY_ROLE[role] ?? BY_MODULE[module] ?? `${LLAMA} ${module.startsWith('gate') || module.startsWith('up') || module.startsWith('down') ? 'LlamaMLP' : 'LlamaAttention'}.forward`
}
