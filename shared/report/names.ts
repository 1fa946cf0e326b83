import type { Category, PhaseKind } from '../memory/index.ts'
import type { Outcome } from '../fit/index.ts'
import type { Algorithm, Plan, Quantization } from '../plan/index.ts'
import type { Locale } from '../units/index.ts'

/* What the engine's terms are called where people read them: command line, workbench and reports alike. */

type Names<K extends string> = Readonly<Record<K, Readonly<Record<Locale, string>>>>

const CATEGORY_NAMES: Names<Category> = {
  'weights': { en: 'Weights', zh: '模型权重' },
  'quantization-state': { en: 'Quantization state', zh: '量化状态' },
  'adapters': { en: 'Adapters', zh: '适配器' },
  'gradients': { en: 'Gradients', zh: '梯度' },
  'optimizer-states': { en: 'Optimizer states', zh: '优化器状态' },
  'master-weights': { en: 'Master weights', zh: '主权重' },
  'activations': { en: 'Activations', zh: '激活值' },
  'checkpoints': { en: 'Checkpoints', zh: '检查点激活' },
  'logits-and-loss': { en: 'Logits and loss', zh: 'logits 与损失' },
  'temporaries': { en: 'Temporaries', zh: '临时张量' },
  'kv-cache': { en: 'KV cache', zh: 'KV 缓存' },
  'rollout-engine': { en: 'Rollout engine', zh: '推理引擎' },
  'workspace': { en: 'Library workspace', zh: '计算库工作区' },
  'context': { en: 'CUDA context', zh: 'CUDA 上下文' },
  'fragmentation': { en: 'Fragmentation', zh: '显存碎片' }
}

const PHASE_NAMES: Names<PhaseKind> = {
  load: { en: 'Load', zh: '加载' },
  forward: { en: 'Forward', zh: '前向' },
  backward: { en: 'Backward', zh: '反向' },
  optimizer: { en: 'Optimizer step', zh: '优化器更新' },
  'loss': { en: 'Loss', zh: '损失' },
  'policy-without-gradient': { en: 'Policy pass without gradient', zh: '策略模型前向（无梯度）' },
  'reference': { en: 'Reference pass', zh: '参考模型前向' },
  'buffers': { en: 'Rollout buffers', zh: '经验缓冲' },
  'prefill': { en: 'Prefill', zh: '预填充' },
  'decode': { en: 'Decode', zh: '逐词生成' },
  'rollout': { en: 'Rollout', zh: '采样生成' },
  'reward': { en: 'Reward', zh: '奖励计算' },
  'old-log-probabilities': { en: 'Old log-probabilities', zh: '旧策略对数概率' },
  'reference-log-probabilities': { en: 'Reference log-probabilities', zh: '参考对数概率' },
  'values': { en: 'Values', zh: '价值估计' },
  'critic-forward': { en: 'Critic forward', zh: '价值模型前向' },
  'critic-loss': { en: 'Critic loss', zh: '价值损失' },
  'critic-backward': { en: 'Critic backward', zh: '价值模型反向' },
  'critic-optimizer': { en: 'Critic optimizer step', zh: '价值模型优化器更新' },
  'weight-sync': { en: 'Weight sync', zh: '权重同步' }
}

const ALGORITHM_NAMES: Names<Algorithm> = {
  'sft': { en: 'supervised fine-tuning', zh: '监督微调（SFT）' },
  'reward-model': { en: 'reward model', zh: '奖励模型训练' },
  'prm': { en: 'process reward model', zh: '过程奖励模型训练' },
  'dpo': { en: 'DPO', zh: 'DPO' },
  'kto': { en: 'KTO', zh: 'KTO' },
  'bco': { en: 'BCO', zh: 'BCO' },
  'orpo': { en: 'ORPO', zh: 'ORPO' },
  'cpo': { en: 'CPO', zh: 'CPO' },
  'online-dpo': { en: 'online DPO', zh: '在线 DPO' },
  'ppo': { en: 'PPO', zh: 'PPO' },
  'grpo': { en: 'GRPO', zh: 'GRPO' },
  'rloo': { en: 'RLOO', zh: 'RLOO' },
  'reinforce-plus-plus': { en: 'REINFORCE++', zh: 'REINFORCE++' },
  'remax': { en: 'ReMax', zh: 'ReMax' }
}

const PACKING_NAMES: Names<NonNullable<Plan['data']['packing']>> = {
  'padding-free': { en: 'padding-free', zh: '无填充' },
  'packed': { en: 'packed rows', zh: '打包成行' },
  'wrapped': { en: 'wrapped rows', zh: '连续切分' },
  'block-mask': { en: 'packed rows with a mask', zh: '打包并带掩码' }
}
export const packingName = (packing: NonNullable<Plan['data']['packing']>, locale: Locale): string => PACKING_NAMES[packing][locale]

const METHOD_NAMES: Names<Plan['method']['kind']> = {
  'full': { en: 'full fine-tuning', zh: '全参数微调' },
  'freeze': { en: 'freeze-tuning', zh: '冻结微调' },
  'lora': { en: 'LoRA', zh: 'LoRA' },
  'qlora': { en: 'QLoRA', zh: 'QLoRA' },
  'vera': { en: 'VeRA', zh: 'VeRA' },
  'ia3': { en: '(IA)³', zh: '(IA)³' },
  'oft': { en: 'OFT', zh: 'OFT' },
  'prefix': { en: 'prefix tuning', zh: '前缀微调' },
  'prompt': { en: 'prompt tuning', zh: '提示微调' },
  'p-tuning': { en: 'P-tuning', zh: 'P-tuning' }
}

const QUANTIZATION_NAMES: Names<Quantization['type']> = {
  nf4: { en: 'NF4', zh: 'NF4' },
  fp4: { en: 'FP4', zh: 'FP4' },
  int8: { en: 'LLM.int8', zh: 'LLM.int8' },
  gptq: { en: 'GPTQ', zh: 'GPTQ' },
  awq: { en: 'AWQ', zh: 'AWQ' },
  hqq: { en: 'HQQ', zh: 'HQQ' },
  eetq: { en: 'EETQ int8', zh: 'EETQ int8' },
  aqlm: { en: 'AQLM', zh: 'AQLM' },
  fp8: { en: 'FP8 in blocks', zh: '分块 FP8' },
  mxfp4: { en: 'MXFP4', zh: 'MXFP4' }
}

const OPTIMIZER_NAMES: Names<Plan['optimizer']['kind']> = {
  'adamw': { en: 'AdamW', zh: 'AdamW' },
  'sgd-momentum': { en: 'SGD with momentum', zh: '带动量的 SGD' },
  'none': { en: 'no optimizer', zh: '无优化器' },
  'sgd': { en: 'SGD', zh: 'SGD' },
  'rmsprop': { en: 'RMSprop', zh: 'RMSprop' },
  'adagrad': { en: 'Adagrad', zh: 'Adagrad' },
  'adafactor': { en: 'Adafactor', zh: 'Adafactor' },
  'muon': { en: 'Muon with AdamW', zh: 'Muon + AdamW' },
  'lion': { en: 'Lion', zh: 'Lion' },
  'adamw-8bit': { en: '8-bit AdamW (bitsandbytes)', zh: '8 位 AdamW（bitsandbytes）' },
  'adamw-32bit': { en: '32-bit AdamW (bitsandbytes)', zh: '32 位 AdamW（bitsandbytes）' },
  'paged-adamw-8bit': { en: 'paged 8-bit AdamW (bitsandbytes)', zh: '分页 8 位 AdamW（bitsandbytes）' },
  'paged-adamw-32bit': { en: 'paged 32-bit AdamW (bitsandbytes)', zh: '分页 32 位 AdamW（bitsandbytes）' },
  'lion-8bit': { en: '8-bit Lion (bitsandbytes)', zh: '8 位 Lion（bitsandbytes）' },
  'lion-32bit': { en: '32-bit Lion (bitsandbytes)', zh: '32 位 Lion（bitsandbytes）' },
  'paged-lion-8bit': { en: 'paged 8-bit Lion (bitsandbytes)', zh: '分页 8 位 Lion（bitsandbytes）' },
  'paged-lion-32bit': { en: 'paged 32-bit Lion (bitsandbytes)', zh: '分页 32 位 Lion（bitsandbytes）' },
  'torchao-adamw-8bit': { en: '8-bit AdamW (torchao)', zh: '8 位 AdamW（torchao）' },
  'torchao-adamw-4bit': { en: '4-bit AdamW (torchao)', zh: '4 位 AdamW（torchao）' },
  'torchao-adamw-fp8': { en: 'fp8 AdamW (torchao)', zh: 'fp8 AdamW（torchao）' },
  'adam-mini': { en: 'Adam-mini', zh: 'Adam-mini' },
  'galore': { en: 'GaLore AdamW', zh: 'GaLore AdamW' },
  'apollo': { en: 'APOLLO', zh: 'APOLLO' },
  'soap': { en: 'SOAP', zh: 'SOAP' },
  'schedule-free-adamw': { en: 'schedule-free AdamW', zh: '免调度 AdamW' },
  'schedule-free-sgd': { en: 'schedule-free SGD', zh: '免调度 SGD' },
  'lomo': { en: 'LOMO', zh: 'LOMO' },
  'adalomo': { en: 'AdaLomo', zh: 'AdaLomo' },
  'badam': { en: 'BAdam', zh: 'BAdam' }
}

const OUTCOME_NAMES: Names<Outcome> = {
  'fits': { en: 'fits', zh: '可以运行' },
  'tight': { en: 'tight', zh: '勉强可行' },
  'unsupported': { en: 'is not supported', zh: '不受支持' },
  'does-not-fit': { en: 'does not fit', zh: '无法运行' }
}

export const categoryName = (category: Category, locale: Locale = 'en'): string => CATEGORY_NAMES[category][locale]
export const phaseName = (kind: PhaseKind, locale: Locale = 'en'): string => PHASE_NAMES[kind][locale]
export const algorithmName = (algorithm: Algorithm, locale: Locale = 'en'): string => ALGORITHM_NAMES[algorithm][locale]
export const methodName = (kind: Plan['method']['kind'], locale: Locale = 'en'): string => METHOD_NAMES[kind][locale]
export const quantizationName = (type: Quantization['type'], locale: Locale = 'en'): string => QUANTIZATION_NAMES[type][locale]
export const optimizerName = (kind: Plan['optimizer']['kind'], locale: Locale = 'en'): string => OPTIMIZER_NAMES[kind][locale]
export const outcomeName = (outcome: Outcome, locale: Locale = 'en'): string => OUTCOME_NAMES[outcome][locale]
