import { formatCount, type Locale } from '../../units/index.ts'
import type { Assumption } from '../result.ts'
import { ALGORITHM_SENTENCES } from './algorithmSentences.ts'
import { BATCH_SENTENCES } from './batchSentences.ts'

/* What is taken for granted, in words. Apart from the rules that say when: the page fetches the words when they are read. */

const SENTENCES = {
  ...ALGORITHM_SENTENCES,
  ...BATCH_SENTENCES,
  'frozen-vision-tower': {
    en: 'The vision tower ({parameters} parameters) is frozen and resident, and the batch is text alone.',
    zh: '视觉塔（{parameters} 参数）冻结并常驻显存，批次中只有文本。'
  },
  'images': {
    en: 'Every sample has {images} images of {height} × {width} pixels, each {tokens} of its tokens; batches with more or larger ones need more. Workspaces of cuDNN for the convolution of the patches are not simulated.',
    zh: '每条样本含 {images} 张 {height} × {width} 像素的图像，每张占 {tokens} 个词元；图像更多或更大的批次占用更多。图像块卷积的 cuDNN 工作区未做模拟。'
  },
  'images-nearest': {
    en: 'Every sample has {images} images of {height} × {width} pixels, each about {tokens} of its tokens. The tower of {model} is frozen and simulated with the blocks of {block} over as many patches; the interval allows for activations of the tower that differ by {percent} % either way.',
    zh: '每条样本含 {images} 张 {height} × {width} 像素的图像，每张约占 {tokens} 个词元。{model} 的视觉塔冻结，以 {block} 的结构按相同数量的图像块模拟；区间已计入视觉塔激活上下浮动 {percent} % 的可能。'
  },
  'tower-cut-by-checkpoints': {
    en: 'Reentrant checkpoints cut the vision tower off: its encoder calls its layers by keyword, so torch sees no input with a gradient. Layers and what comes before them stay as they are, although they are set to be trained; non-reentrant checkpoints train them.',
    zh: '重入式检查点会切断视觉塔的梯度：其编码器以关键字参数调用各层，torch 看不到需要梯度的输入。各层及其之前的部分虽设为训练，实际保持不变；改用非重入式检查点即可训练。'
  },
  'images-not-simulated': {
    en: 'The vision tower ({parameters} parameters) is frozen and resident; image tokens count as part of the sequence. The pass of this model’s tower over the images is not simulated: many or large images need more for a moment.',
    zh: '视觉塔（{parameters} 参数）冻结并常驻显存，图像词元计入序列长度。该模型的视觉塔对图像的前向计算未做模拟：图像较多或较大时会有短时额外占用。'
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
  'eager-only': {
    en: '{model} runs with eager attention, whatever the plan says: its file in transformers has no SDPA. The scores grow with the square of the length.',
    zh: '{model} 一律以 eager 注意力运行：transformers 中该模型没有 SDPA 实现，分数矩阵随长度平方增长。'
  },
  'cross-attended-image': {
    en: 'Every row has one image of four tiles ({vectors} vectors), which some blocks attend to. The tower’s own pass keeps nothing and is not simulated; text alone skips these blocks.',
    zh: '假定每条样本含一张四分块图像（{vectors} 个向量），由部分层做交叉注意力。视觉塔自身的前向不保留激活，未做模拟；纯文本训练会跳过这些层。'
  },
  'target-length': {
    en: 'Encoder and decoder see as many tokens each as the sequence length says. Shorter targets need less, mainly fewer logits.',
    zh: '编码器与解码器均按设定的序列长度计算；目标序列更短时占用更少（主要是 logits）。'
  },
  'sequence-classification': {
    en: '{model} is planned as a sequence classifier of 2 classes (cross entropy over the classes; beside adapters PEFT trains the classification head as a copy of its own). Training it as a masked language model adds logits as large as the vocabulary.',
    zh: '{model} 按 2 类序列分类任务估计（对类别做交叉熵；使用适配器时 PEFT 会另行训练分类头的副本）。若训练掩码语言模型，还需加上与词表同宽的 logits。'
  },
  'approximate-block': {
    en: 'The block of {model} is simulated after transformers’ own file, but not statement by statement; the interval allows for activations that differ by {percent} % either way.',
    zh: '{model} 的层按 transformers 自带文件模拟，但未逐语句对应；区间已计入激活上下浮动 {percent} % 的可能。'
  },
  'remote-code': {
    en: '{model} brings modeling code of its own. It is simulated with the block of {block} ({norm}); the interval allows for activations that differ by {percent} % either way.',
    zh: '{model} 使用自带的模型代码。此处以 {block} 的结构（{norm}）模拟；区间已计入激活上下浮动 {percent} % 的可能。'
  },
  'unquantized-coefficients': {
    en: 'The coefficient layers of {model}’s parallel streams (altup.prediction_coefs, correction_coefs) are taken as left out of quantization (llm_int8_skip_modules): training clamps their weights in place, which packed ones do not allow.',
    zh: '假定 {model} 并行流的系数层（altup.prediction_coefs、correction_coefs）不参与量化（llm_int8_skip_modules）：训练时会就地截断其权重，打包后的权重不支持该操作。'
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
  'unsloth-offload': {
    en: 'Unsloth’s offloading is simulated as it runs after its first step: the last block’s input stays on the GPU, and there are two staging buffers, the second only while 512 MiB are free.',
    zh: 'Unsloth 卸载按首步之后的状态模拟：最后一层的输入保留在 GPU 上，并有两个暂存缓冲区（第二个仅在空闲显存不少于 512 MiB 时存在）。'
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
  'format-read': {
    en: '{format} layers are simulated from the source of {source}, whose kernels need a GPU and were not traced.',
    zh: '{format} 层依据 {source} 的源代码模拟，其内核需要 GPU，未经追踪验证。'
  },
  'format-not-trained': {
    en: 'transformers does not train over {format} weights. Each is assumed to be dequantized for its matmul; if a layer keeps its input or a second copy, up to {mebibytes} MiB more, which the upper end of the interval allows for.',
    zh: 'transformers 不支持在 {format} 权重上训练。此处假定每个权重在矩阵乘时反量化；若层保留输入或第二份副本，最多再占 {mebibytes} MiB，已计入区间上限。'
  },
  'format-outliers': {
    en: 'LLM.int8 also keeps the outlier features of every input: 1 % of them would be {mebibytes} MiB, which the upper end of the interval allows for.',
    zh: 'LLM.int8 还会保留每个输入的离群特征：按 1 % 计为 {mebibytes} MiB，已计入区间上限。'
  },
  'ia3-in-fp32': {
    en: 'PEFT’s (IA)³ layer around {format} weights does not cast its product with the fp32 vector back: hidden states and activations after its targets are fp32, as under no other method. With the adapter type bf16 they stay in 16 bits.',
    zh: 'PEFT 在 {format} 权重上的 (IA)³ 层不会将与 fp32 向量的乘积转回原类型：其目标模块之后的隐藏状态与激活均为 fp32，其他方法没有此现象。将适配器类型设为 bf16 即可保持 16 位。'
  },
  'pissa-start': {
    en: 'PiSSA starts with a singular value decomposition of every adapted weight in fp32: up to {mebibytes} MiB and its workspace for a moment before training, not simulated.',
    zh: 'PiSSA 初始化时对每个被适配的权重做 fp32 奇异值分解：训练开始前瞬时最多 {mebibytes} MiB（另加工作区），本模型未模拟。'
  },
  'absmax-transient': {
    en: 'bitsandbytes also expands the absmax of a double-quantized weight to fp32 while it dequantizes: up to {mebibytes} MiB for a moment, not simulated.',
    zh: '双重量化下，bitsandbytes 反量化时会将 absmax 暂时展开为 fp32：瞬时最多 {mebibytes} MiB，本模型未模拟。'
  },
  'routing-sort': {
    en: 'On the GPU the sorting of tokens by expert and the gradient of their gathering use index buffers of up to {mebibytes} MiB for a moment, not simulated.',
    zh: '在 GPU 上，按专家对词元排序以及聚集操作的反向会短时使用最多 {mebibytes} MiB 的索引缓冲区，本模型未模拟。'
  },
  'experts-with-adapters': {
    en: 'PEFT 0.21 with transformers 5 puts adapters on the stacks of experts. While a layer runs, each stack is replaced by a sum as large as itself, kept for the backward pass: {mebibytes} MiB per layer. Frameworks that list linear layers themselves (LLaMA-Factory, Unsloth) leave the experts out: name the layers of attention for that.',
    zh: 'PEFT 0.21 配合 transformers 5 会在专家权重上添加适配器。层运行时，每组专家权重被等大的和张量替代，并保留至反向：每层 {mebibytes} MiB。自行列出线性层的框架（LLaMA-Factory、Unsloth）不包含专家：如需如此，请仅指定注意力层。'
  },
  'expert-loop': {
    en: 'Experts run one after the other, with tokens spread evenly. If one expert gets all tokens, its gradients take up to {mebibytes} MiB more for a moment; the upper end of the interval allows for it.',
    zh: '专家逐个运行，按词元均匀分配估计。若全部词元集中于一个专家，其梯度会短时多占最多 {mebibytes} MiB，已计入区间上限。'
  },
  'mixer-kernels-absent': {
    en: 'The mixers that are not attention are simulated as transformers runs them without {packages}. Where these are installed, their kernels take up to {mebibytes} MiB less, which the lower end of the interval allows for.',
    zh: '非注意力的混合层按 transformers 在未安装 {packages} 时的实现模拟。若均已安装，其内核最多可少占 {mebibytes} MiB，已计入区间下限。'
  },
  'mixer-kernels': {
    en: 'The mixers that are not attention are simulated in the kernels of {packages} from their source; these need a GPU and were not traced.',
    zh: '非注意力的混合层按 {packages} 内核的源代码模拟；这些内核需要 GPU，未经追踪验证。'
  },
  'cudnn-workspace': {
    en: 'cuDNN’s attention keeps what FlashAttention keeps. Its workspace is not published: FlashAttention 2’s is assumed, and the upper end of the interval allows for {mebibytes} MiB more.',
    zh: 'cuDNN 注意力保留的张量与 FlashAttention 相同，但其工作区大小未公开：此处按 FlashAttention 2 估计，区间上限另计 {mebibytes} MiB。'
  },
  'flash-3-read': {
    en: 'FlashAttention 3 is simulated from its source (hopper/flash_api.cpp); it needs a Hopper GPU and was not traced.',
    zh: 'FlashAttention 3 依据其源代码（hopper/flash_api.cpp）模拟；该内核需要 Hopper GPU，未经追踪验证。'
  },
  'sinks-need-eager': {
    en: '{model} has attention sinks: transformers runs it with eager attention, whose scores grow with the square of the length. Only FlashAttention kernels made for sinks avoid that.',
    zh: '{model} 带有注意力汇（attention sinks）：transformers 以 eager 注意力运行，其分数矩阵随长度平方增长；只有支持 sinks 的 FlashAttention 内核可避免。'
  }
} as const satisfies Record<string, Record<Locale, string>>

export type Code = keyof typeof SENTENCES

/** An assumption as a sentence. */
export function describeAssumption (assumption: Assumption, locale: Locale = 'en'): string {
  const sentence = SENTENCES[assumption.code as Code][locale]
  return sentence.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = assumption.values?.[name]
    return typeof value === 'number' ? formatCount(value, locale) : value ?? ''
  })
}
