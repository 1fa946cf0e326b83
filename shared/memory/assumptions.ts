import { formatCount, formatParameters, type Locale } from '../units/index.ts'
import { NO_SPREAD, OPTIMIZERS, type Spread } from './optimizers/index.ts'
import type { ResolvedPlan } from './resolve.ts'
import type { Assumption } from './result.ts'

const SENTENCES = {
  'frozen-vision-tower': {
    en: 'The vision tower ({parameters} parameters) is frozen and resident; image tokens count as part of the sequence. Its forward pass over the images keeps nothing and is not simulated: many or large images need more for a moment.',
    zh: '视觉塔（{parameters} 参数）冻结并常驻显存，图像词元计入序列长度。其对图像的前向计算不保留激活，未做模拟：图像较多或较大时会有短时额外占用。'
  },
  'equal-batches': {
    en: 'Every batch is as long as the sequence length. Batches of changing length fragment the allocator more; the interval of reserved memory allows for it.',
    zh: '假定每个批次都达到设定的序列长度。长度变化的批次会增加显存碎片，保留显存的区间已计入该影响。'
  },
  'cuda-context': {
    en: 'The CUDA context is not simulated: 523 MiB as measured on an A100 with torch 2.4; 256 to 1,698 MiB were seen elsewhere.',
    zh: 'CUDA 上下文未做模拟：采用 A100、torch 2.4 上的实测值 523 MiB；其他环境的观测范围为 256 至 1,698 MiB。'
  },
  'cublas-workspace': {
    en: 'Two cuBLAS workspaces of 8.125 MiB; on H100 and H200 they take 32 MiB each.',
    zh: '计入两个 8.125 MiB 的 cuBLAS 工作区；H100 与 H200 上每个为 32 MiB。'
  },
  'no-capacity-pressure': {
    en: 'Reserved memory is simulated on a card that never runs full. Near capacity the allocator gives cached segments back.',
    zh: '保留显存按显存充足的情形模拟；接近容量上限时，分配器会先释放缓存段。'
  },
  'quick-reserved': {
    en: 'Reserved memory is a quick bound (3 % or the largest buffer over allocated), not a replay of the allocator.',
    zh: '保留显存为快速估计（在已分配基础上加 3 % 或最大单个缓冲区），并非对分配器的重放。'
  },
  'family-as-llama': {
    en: '{model} is simulated with the Llama block; its own block may differ by a few temporaries.',
    zh: '{model} 按 Llama 结构模拟；其自身实现的临时张量可能略有差异。'
  },
  'embedding-backward': {
    en: 'Beyond 3,072 tokens the backward pass of the embedding sorts token ids in buffers of up to {mebibytes} MiB that are not simulated.',
    zh: '当词元数超过 3,072 时，嵌入层反向会使用最多 {mebibytes} MiB 的排序缓冲区，本模型未模拟。'
  },
  'optimizer-workspace': {
    en: 'Inside the optimizer step, kernels may take a workspace of up to {mebibytes} MiB more ({source}); the upper end of the interval allows for it.',
    zh: '优化器更新中的内核可能额外占用最多 {mebibytes} MiB 工作区（{source}），已计入区间上限。'
  },
  'paged-states': {
    en: '{mebibytes} MiB of optimizer states are paged: they stay on the GPU while there is room and move to host RAM when there is none. Only the upper end of the interval counts them.',
    zh: '{mebibytes} MiB 优化器状态为分页内存：显存充足时驻留 GPU，不足时移至主机内存；仅计入区间上限。'
  },
  'badam-first-block': {
    en: 'BAdam trains one block at a time. The first block is simulated, whose backward pass is the longest.',
    zh: 'BAdam 每次只训练一个块；此处按反向路径最长的第一个块模拟。'
  },
  'liger-head-gradient': {
    en: 'Liger’s fused loss is simulated as it sums the gradient of a trained head through a copy in fp32. Liger 0.8 on GPUs of compute capability 8.0 and later adds in place: up to {mebibytes} MiB less for a moment.',
    zh: 'Liger 融合损失按经由 fp32 副本累加输出头梯度的方式模拟；在计算能力 8.0 及以上的 GPU 上，Liger 0.8 就地累加，瞬时最多可少 {mebibytes} MiB。'
  },
  'unsloth-chunks': {
    en: 'Unsloth sizes the chunks of its fused cross entropy by the free memory it finds, up to 4 GiB: 4 GiB are assumed, with 14 bytes per logit as in the uncompiled code. With less than 8 GiB free the chunks are smaller.',
    zh: 'Unsloth 融合交叉熵按运行时空闲显存（上限 4 GiB）划分块：此处按 4 GiB、每个 logit 14 字节（未编译代码）估计；空闲显存不足 8 GiB 时块更小。'
  },
  'absmax-transient': {
    en: 'bitsandbytes also expands the absmax of a double-quantized weight to fp32 while it dequantizes: up to {mebibytes} MiB for a moment, not simulated.',
    zh: '双重量化下，bitsandbytes 反量化时会将 absmax 暂时展开为 fp32：瞬时最多 {mebibytes} MiB，本模型未模拟。'
  }
} as const satisfies Record<string, Record<Locale, string>>

type Code = keyof typeof SENTENCES

/** An assumption as a sentence. */
export function describeAssumption (assumption: Assumption, locale: Locale = 'en'): string {
  const sentence = SENTENCES[assumption.code as Code][locale]
  return sentence.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = assumption.values?.[name]
    return typeof value === 'number' ? formatCount(value, locale) : value ?? ''
  })
}

/** What the estimate of this plan takes for granted. */
export function assumptionsOf (resolved: ResolvedPlan, depth: 'fast' | 'full', spread: Spread = NO_SPREAD): Assumption[] {
  const { plan, modelName, architecture, family } = resolved
  const { microBatch, sequenceLength } = plan.data
  const list: Assumption[] = [{ code: 'equal-batches' satisfies Code }, { code: 'cuda-context' satisfies Code }, { code: 'cublas-workspace' satisfies Code }]
  list.push({ code: (depth === 'full' ? 'no-capacity-pressure' : 'quick-reserved') satisfies Code })
  const mebibytes = (bytes: number): number => Math.ceil(bytes / 1024 ** 2)
  // A custom architecture is Llama's by definition; a catalog model or config whose file is not mirrored runs as Llama's.
  const isMirrored = 'architecture' in plan.model || family.modelTypes.includes(architecture.modelType ?? '')
  if (!isMirrored) list.push({ code: 'family-as-llama' satisfies Code, values: { model: modelName } })
  if (architecture.vision) list.push({ code: 'frozen-vision-tower' satisfies Code, values: { parameters: formatParameters(architecture.vision.parameters) } })
  const tokens = microBatch * sequenceLength
  if (plan.method.kind === 'full' && tokens > 3072) {
    // ATen/native/cuda/EmbeddingBackwardKernel.cu: partial segments in fp32 and sort buffers, up to 4hT + 48T.
    list.push({ code: 'embedding-backward' satisfies Code, values: { mebibytes: mebibytes(tokens * (4 * architecture.hiddenSize + 48)) } })
  }
  if (spread.workspace > 0) {
    list.push({ code: 'optimizer-workspace' satisfies Code, values: { mebibytes: mebibytes(spread.workspace), source: OPTIMIZERS[plan.optimizer.kind].source } })
  }
  if (spread.managed > 0) list.push({ code: 'paged-states' satisfies Code, values: { mebibytes: mebibytes(spread.managed) } })
  if (plan.runtime.loss === 'liger-fused-linear' && plan.method.kind === 'full') {
    list.push({ code: 'liger-head-gradient' satisfies Code, values: { mebibytes: mebibytes(6 * architecture.vocabSize * architecture.hiddenSize) } })
  }
  if (plan.runtime.loss === 'unsloth-fused') list.push({ code: 'unsloth-chunks' satisfies Code })
  if (plan.optimizer.kind === 'badam') list.push({ code: 'badam-first-block' satisfies Code })
  if (plan.method.kind === 'qlora' && plan.method.quantization.doubleQuantization) {
    const largest = Math.max(...[...resolved.family.linearLayers(architecture).values()].map(([out, into]) => out * into))
    list.push({ code: 'absmax-transient' satisfies Code, values: { mebibytes: mebibytes(largest / 64 * 4) } })
  }
  return list
}
