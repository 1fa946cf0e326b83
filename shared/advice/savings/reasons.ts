import type { Estimate } from '../../memory/index.ts'
import { quantizationOf, upcastsUnquantized } from '../../plan/index.ts'
import type { Locale } from '../../units/index.ts'
import type { Lever } from './levers.ts'
import type { Term, TermName } from './simpleSum.ts'

type Sentences = Readonly<Record<Locale, string>>

const LEVER_NAMES: Readonly<Record<Lever, Sentences>> = {
  'lora': { en: 'LoRA on every linear layer', zh: '对所有线性层使用 LoRA' },
  'qlora': { en: 'QLoRA: base model in nf4', zh: 'QLoRA：基础模型采用 nf4' },
  'quantized-base': { en: 'base model in nf4', zh: '基础模型采用 nf4' },
  'checkpointing': { en: 'gradient checkpointing of every block, whole', zh: '对每一层完整启用梯度检查点' },
  'offload-checkpoints': { en: 'checkpoints in host memory', zh: '将检查点卸载到主机内存' },
  'autocast': { en: 'mixed precision: bf16 autocast', zh: '混合精度：bf16 autocast' },
  'pure-bf16': { en: 'pure bf16: weights, gradients and states', zh: '纯 bf16：权重、梯度与优化器状态' },
  'micro-batch': { en: 'half the micro-batch, accumulated twice as often', zh: '微批减半，累积次数加倍' },
  'smaller-batch': { en: 'half the micro-batch, a smaller step', zh: '微批减半，单步批次变小' },
  'sequence': { en: 'half the sequence length', zh: '序列长度减半' },
  'fused-loss': { en: 'fused linear cross entropy (Liger)', zh: '融合线性交叉熵（Liger）' },
  'fused-kernels': { en: 'fused kernels: RMSNorm, RoPE, SwiGLU', zh: '融合算子：RMSNorm、RoPE、SwiGLU' },
  'optimizer-8bit': { en: '8-bit AdamW (bitsandbytes)', zh: '8 位 AdamW（bitsandbytes）' },
  'fused-optimizer': { en: 'fused AdamW step', zh: '融合的 AdamW 更新' },
  'flash-attention': { en: 'flash or memory-efficient attention', zh: 'Flash 或 memory-efficient 注意力' },
  'shared-reference': { en: 'the base under the adapters as the reference', zh: '以关闭适配器的基座作为参考模型' },
  'precomputed-reference': { en: 'reference log-probabilities computed before training', zh: '训练前预先计算参考对数概率' },
  'quantized-reference': { en: 'reference model in nf4', zh: '参考模型采用 nf4' },
  'reference-on-host': { en: 'reference model in host memory between its passes', zh: '参考模型闲置时移至内存' },
  'no-reference': { en: 'no KL term, no reference', zh: '不使用 KL 项与参考模型' },
  'smaller-reward': { en: 'a smaller reward model of the same family', zh: '同系列的更小奖励模型' },
  'quantized-reward': { en: 'reward model in nf4', zh: '奖励模型采用 nf4' },
  'reward-on-host': { en: 'reward model in host memory between its passes', zh: '奖励模型闲置时移至内存' },
  'critic-head': { en: 'a value head on the policy instead of a critic', zh: '以策略模型上的价值头代替独立价值模型' },
  'engine-sleep': { en: 'the inference engine asleep while learning', zh: '学习期间让推理引擎休眠' },
  'states-on-host': { en: 'optimizer states in host memory while generating', zh: '生成期间将优化器状态移至内存' },
  'shorter-completions': { en: 'half the completion length', zh: '补全长度减半' },
  'smaller-generation': { en: 'half the completions at a time', zh: '每次生成数量减半' }
}

export const leverName = (lever: Lever, locale: Locale = 'en'): string => LEVER_NAMES[lever][locale]

const APPLIED_NAMES: Partial<Readonly<Record<Lever, Sentences>>> = {
  'fused-loss': { en: 'fused or chunked loss', zh: '融合或分块的损失' },
  'lora': { en: 'LoRA instead of training everything', zh: '以 LoRA 代替全参数训练' },
  'qlora': { en: 'quantized base model', zh: '量化的基础模型' },
  'quantized-base': { en: 'quantized base model', zh: '量化的基础模型' },
  'checkpointing': { en: 'gradient checkpointing', zh: '梯度检查点' },
  'pure-bf16': { en: '16-bit instead of fp32 weights', zh: '以 16 位代替 fp32 权重' }
}

/** The name of a lever that the plan already uses. */
export const appliedName = (lever: Lever, locale: Locale = 'en'): string => (APPLIED_NAMES[lever] ?? LEVER_NAMES[lever])[locale]

const TERM_NAMES: Readonly<Record<TermName, Sentences>> = {
  'weights': { en: 'Weights', zh: '权重' },
  'gradients': { en: 'Gradients', zh: '梯度' },
  'optimizer-states': { en: 'Optimizer states', zh: '优化器状态' },
  'activations': { en: 'Activations and checkpoints', zh: '激活值与检查点' },
  'logits-and-loss': { en: 'Logits and loss', zh: 'logits 与损失' },
  'temporaries': { en: 'Temporaries', zh: '临时张量' },
  'workspace': { en: 'Library workspaces', zh: '库工作区' },
  'context': { en: 'CUDA context', zh: 'CUDA 上下文' },
  'fragmentation': { en: 'Fragmentation', zh: '显存碎片' }
}

export const termName = (term: TermName, locale: Locale = 'en'): string => TERM_NAMES[term][locale]

const REASONS = {
  'as-counted': { en: 'as counted, each tensor rounded up to 512 B', zh: '与计算一致，每个张量按 512 B 向上取整' },
  'unquantized': { en: 'embeddings, head and norms are not quantized, and blocks carry scales', zh: '嵌入层、输出层与归一化层不量化，且各量化块附带缩放系数' },
  'upcast': { en: 'what is not quantized was made fp32, and blocks carry scales', zh: '未量化部分转为 fp32，且各量化块附带缩放系数' },
  'weight-copies': { en: 'copies of modules and buffers beside the parameters', zh: '除参数外还有模块副本与缓冲区' },
  'gradients-to-come': { en: 'at the peak not all of them exist yet', zh: '到达峰值时尚未全部产生' },
  'gradients-more': { en: 'gradients that wait to be added to others', zh: '包含等待累加的梯度' },
  'states-to-come': { en: 'at the peak they do not exist', zh: '到达峰值时尚不存在' },
  'states-more': { en: 'more than whole states: step counters, small tensors kept in fp32, factors or projections', zh: '除完整状态外，还有步数计数、以 fp32 保存的小张量、因子或投影' },
  'states-less': { en: 'only part of the parameters have full states', zh: '只有部分参数拥有完整状态' },
  'activations': { en: 'kept from the forward pass for the backward pass; grows with batch × sequence × layers', zh: '前向为反向保留；随批大小 × 序列长度 × 层数增长' },
  'checkpoints': { en: 'one input per checkpointed block, and the block that is being run again', zh: '每个检查点层的输入，以及正在重算的一层' },
  'logits': { en: 'vocabulary-sized rows for every token, some of them in fp32', zh: '每个词元对应词表大小的一行，部分为 fp32' },
  'temporaries': { en: 'alive only inside one operation, counted where the peak is', zh: '仅在单个算子内存在，此处为峰值时的数量' },
  'workspace': { en: 'cuBLAS, one per thread', zh: 'cuBLAS，每线程一份' },
  'context': { en: 'driver and kernels, outside PyTorch', zh: '驱动与内核，位于 PyTorch 之外' },
  'fragmentation': { en: 'segments of the caching allocator that hold no tensor', zh: '缓存分配器中未被张量占用的段' },
  'none': { en: 'nothing at this peak', zh: '峰值时没有' }
} as const satisfies Record<string, Sentences>

/** Why a term of the estimate is not what the simple sum says, in a few words. */
export const describeTerm = (term: Term, estimate: Estimate, locale: Locale = 'en'): string => REASONS[reasonOf(term, estimate)][locale]

/** Rounding each tensor up to 512 B and counters of 4 B do not make a term differ. */
const SAME = 0.002

function reasonOf ({ term, simple, real }: Term, { plan }: Estimate): keyof typeof REASONS {
  const more = real > simple * (1 + SAME)
  const less = real < simple * (1 - SAME)
  switch (term) {
    case 'weights':
      if (!more) return 'as-counted'
      return !quantizationOf(plan.method) ? 'weight-copies' : upcastsUnquantized(plan.method) ? 'upcast' : 'unquantized'
    case 'gradients': return less ? 'gradients-to-come' : more ? 'gradients-more' : real > 0 ? 'as-counted' : 'none'
    case 'optimizer-states': return less ? real === 0 ? 'states-to-come' : 'states-less' : more ? 'states-more' : real > 0 ? 'as-counted' : 'none'
    case 'activations': return plan.runtime.checkpointing === 'none' ? 'activations' : 'checkpoints'
    case 'logits-and-loss': return real > 0 ? 'logits' : 'none'
    case 'temporaries': return real > 0 ? 'temporaries' : 'none'
    case 'workspace': case 'context': case 'fragmentation': return term
  }
}
