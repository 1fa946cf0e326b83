import { formatCount, type Locale } from '../units/index.ts'
import { featureInChinese } from './features.ts'

/**
 * Something wrong with a plan: where, what, and what to do. Codes and values travel; sentences are made at the edge, in the
 * reader's language.
 */
export interface PlanProblem {
  /** Path of the field in the document, `data.sequenceLength`; empty for the document itself. */
  readonly path: string
  readonly code: ProblemCode
  readonly values?: Readonly<Record<string, string | number>>
}

export type ProblemCode = keyof typeof SENTENCES

const SENTENCES = {
  'not-json': {
    en: 'is not JSON: {detail}. Open the file in an editor and check the place named.',
    zh: '不是有效的 JSON：{detail}。请用编辑器打开文件并检查所指位置。'
  },
  'not-a-plan': {
    en: 'is not a Headroom plan. A plan is a JSON object with "type": "headroom/plan".',
    zh: '不是 Headroom 方案。方案应为带有 "type": "headroom/plan" 的 JSON 对象。'
  },
  'newer-version': {
    en: 'was made by a newer Headroom (plan version {found}; this one reads up to {known}). Update Headroom to open it.',
    zh: '由更新版本的 Headroom 创建（方案版本 {found}，当前最高支持 {known}）。请更新 Headroom 后再打开。'
  },
  'unknown-field': {
    en: 'is not a field of a plan. Remove it, or correct its name{suggestion}.',
    zh: '不是方案中的字段。请删除，或更正名称{suggestion}。'
  },
  'misplaced-field': {
    en: 'does not belong to this {parent}. Remove it, or change the kind of {parent}.',
    zh: '不适用于当前的 {parent}。请删除，或更改 {parent} 的类型。'
  },
  missing: {
    en: 'is missing. Add it{expected}.',
    zh: '缺失。请补充该字段{expected}。'
  },
  'wrong-type': {
    en: 'must be {expected}, not {found}.',
    zh: '应为 {expected}，而不是 {found}。'
  },
  'not-whole': {
    en: 'must be a whole number, not {found}.',
    zh: '必须是整数，而不是 {found}。'
  },
  'too-small': {
    en: 'is {found}; the smallest possible value is {min}.',
    zh: '为 {found}；允许的最小值是 {min}。'
  },
  'too-large': {
    en: 'is {found}; the largest possible value is {max}.',
    zh: '为 {found}；允许的最大值是 {max}。'
  },
  'not-an-option': {
    en: 'is {found}; choose one of {expected}.',
    zh: '为 {found}；可选值：{expected}。'
  },
  'unknown-model': {
    en: '“{found}” is not in the catalog{suggestion}. Search with “headroom models”, or give model.architecture.',
    zh: '目录中没有“{found}”{suggestion}。可用“headroom models”搜索，或填写 model.architecture。'
  },
  'unknown-model-type': {
    en: 'is {found}, a model type that is not known here. Known are {expected}.',
    zh: '为 {found}，尚不支持该模型类型。已支持：{expected}。'
  },
  'unsupported-architecture': {
    en: '“{found}” has {feature}, which is not simulated yet. Choose a model that is: Llama, Qwen, Mistral, Gemma, Phi, GLM, DeepSeek, Mixtral and their like.',
    zh: '“{found}”包含{feature}，尚未支持模拟。请选择已支持的模型，例如 Llama、Qwen、Mistral、Gemma、Phi、GLM、DeepSeek、Mixtral 等。'
  },
  'unknown-lora-target': {
    en: 'names “{found}”, which {model} does not have. Its linear layers are {expected}.',
    zh: '包含“{found}”，但 {model} 没有该模块。可选线性层：{expected}。'
  },
  'duplicate-lora-target': {
    en: 'names “{found}” twice. Name each module once.',
    zh: '重复包含“{found}”。每个模块只需填写一次。'
  },
  'heads-do-not-divide': {
    en: '({heads}) is not a multiple of the key/value heads ({kvHeads}). Grouped-query attention needs a whole group: try {suggestion}.',
    zh: '（{heads}）不是键/值头数（{kvHeads}）的整数倍。分组查询注意力要求整除，可尝试 {suggestion}。'
  },
  'odd-head-dim': {
    en: 'is {found}; rotary embeddings need an even head dimension. Try {suggestion}.',
    zh: '为 {found}；旋转位置编码要求偶数维度。可尝试 {suggestion}。'
  },
  'needs-checkpointing': {
    en: 'has no effect without checkpointing. Remove it, or set runtime.checkpointing to "non-reentrant" or "reentrant".',
    zh: '在未启用梯度检查点时无效。请删除，或将 runtime.checkpointing 设为 "non-reentrant" 或 "reentrant"。'
  },
  'no-vision-tower': {
    en: 'is set, but {model} has no vision tower. Remove it, or choose a vision-language model.',
    zh: '已设置，但 {model} 没有视觉塔。请删除该项，或选择视觉语言模型。'
  },
  'tower-not-trained': {
    en: 'must be "frozen": the tower of {model} is not followed closely enough to be trained on paper.',
    zh: '必须为 "frozen"：{model} 的视觉塔尚未精确到可以估计其训练。'
  },
  'vision-needs-images': {
    en: 'is trained, but the batch has no images. Set data.images, or leave it frozen.',
    zh: '设为训练，但批次中没有图像。请设置 data.images，或保持冻结。'
  },
  'vision-not-by-method': {
    en: 'cannot be trained by this method. Choose full fine-tuning, freeze, LoRA or QLoRA, or leave it frozen.',
    zh: '无法用该方法训练。请选择全参数微调、冻结微调、LoRA 或 QLoRA，或保持冻结。'
  },
  'images-need-sft': {
    en: 'are simulated for supervised fine-tuning only. Remove them, or set algorithm to "sft".',
    zh: '目前仅在监督微调中模拟。请删除该项，或将 algorithm 设为 "sft"。'
  },
  'images-with-prompt': {
    en: 'do not go together with prompt tuning, which replaces the embedded input. Choose another method, or remove them.',
    zh: '不能与提示微调同用，后者会替换嵌入输入。请更换方法，或删除该项。'
  },
  'images-with-packing': {
    en: 'do not go together with packing, which TRL refuses for vision-language models too. Set data.packing aside, or remove them.',
    zh: '不能与打包同用（TRL 同样不支持视觉语言模型打包）。请取消 data.packing，或删除该项。'
  },
  'images-too-long': {
    en: 'needs {tokens} tokens ({each} for each image), more than the {sequence} of the sequence. Take a longer sequence, or fewer or smaller images.',
    zh: '需要 {tokens} 个词元（每张图像 {each} 个），超过序列长度 {sequence}。请加长序列，或减少、缩小图像。'
  },
  'selective-checkpointing': {
    en: 'must be "non-reentrant" for selective checkpointing. Change it, or remove runtime.checkpointSaves.',
    zh: '在使用选择性检查点时必须为 "non-reentrant"。请更改，或删除 runtime.checkpointSaves。'
  },
  'unsloth-checkpointing': {
    en: 'must be "reentrant" for Unsloth’s offloading, which replaces reentrant checkpointing. Change it, or set runtime.checkpointOffload to "host".',
    zh: '在使用 Unsloth 卸载时必须为 "reentrant"，因其替换的是可重入检查点。请更改，或将 runtime.checkpointOffload 设为 "host"。'
  },
  'optimizer-implementation': {
    en: '{found} is not available for {optimizer}. Choose {expected}.',
    zh: '{optimizer} 不支持 {found}。请选择 {expected}。'
  },
  'half-fused-target': {
    en: 'names “{found}” without {missing}. transformers 5 keeps them as one stack of experts, which PEFT adapts only as a whole. Add {missing}, or remove {found}.',
    zh: '包含“{found}”但缺少 {missing}。transformers 5 将其融合为同一专家权重，PEFT 只能整体适配。请加入 {missing}，或移除 {found}。'
  },
  'dropout-on-experts': {
    en: 'must be 0, not {found}: PEFT has no dropout for adapters on stacks of experts. Set it to 0, or take the experts out of the targets.',
    zh: '必须为 0（当前为 {found}）：PEFT 的专家权重适配器不支持 dropout。请设为 0，或将专家移出目标模块。'
  },
  'dora-on-experts': {
    en: 'does not work on stacks of experts (PEFT ParamWrapper). Turn DoRA off, or take the experts out of the targets.',
    zh: '不适用于专家权重（PEFT ParamWrapper）。请关闭 DoRA，或将专家移出目标模块。'
  },
  'no-router-loss': {
    en: 'asks for the loss that balances experts, which {model} does not have in transformers. Turn it off.',
    zh: '要求计算专家负载均衡损失，但 transformers 中的 {model} 没有该损失。请关闭。'
  },
  'router-loss-of-another-algorithm': {
    en: 'asks for the loss that balances experts, which {algorithm} does not add. Turn it off.',
    zh: '要求计算专家负载均衡损失，但 {algorithm} 不会加入该损失。请关闭。'
  },
  'feed-forward-not-target': {
    en: 'names “{found}”, which is not among the targets ({expected}). Add it to the targets, or remove it.',
    zh: '包含“{found}”，但它不在目标模块（{expected}）中。请将其加入目标模块，或删除。'
  },
  'head-adapter-without-logits': {
    en: 'cannot name lm_head together with the loss {loss}, which multiplies by the head’s weight itself and would pass its adapter by. Choose a loss that calls the head, or remove lm_head.',
    zh: '不能在使用 {loss} 损失时包含 lm_head：该损失直接使用输出头权重，会绕过其适配器。请选择会调用输出头的损失，或移除 lm_head。'
  },
  'never-upcast': {
    en: 'does nothing to a {format} model: prepare_model_for_kbit_training leaves its parameters in their type. Turn it off.',
    zh: '对 {format} 模型不起作用：prepare_model_for_kbit_training 不改变其参数类型。请关闭。'
  },
  'upcast-without-quantization': {
    en: 'needs quantized weights: prepare_model_for_kbit_training is made for them, and makes the whole of any other model fp32. Turn it off, or set method.quantization.',
    zh: '需要量化权重：prepare_model_for_kbit_training 针对量化模型，对其他模型会将全部参数转为 fp32。请关闭，或设置 method.quantization。'
  },
  'format-without-adapter': {
    en: 'is {format}, whose layers PEFT cannot put {method} on. Choose {expected}.',
    zh: '为 {format}，PEFT 无法在该格式的层上使用 {method}。可选：{expected}。'
  },
  'dora-over-format': {
    en: 'does not work over {format} weights (PEFT refuses it). Turn DoRA off, or choose nf4, fp4, int8 or hqq.',
    zh: '不适用于 {format} 权重（PEFT 会拒绝）。请关闭 DoRA，或改用 nf4、fp4、int8 或 hqq。'
  },
  'ia3-needs-autocast': {
    en: 'must be on: outside autocast PEFT’s (IA)³ makes fp32 of what passes a {format} layer, which meets {weights} weights and fails. Set it to "bf16", or turn method.upcastUnquantized on.',
    zh: '必须开启：未开启自动混合精度时，PEFT 的 (IA)³ 会将经过 {format} 层的张量转为 fp32，与 {weights} 权重不匹配而报错。请设为 "bf16"，或开启 method.upcastUnquantized。'
  },
  'section-of-another-algorithm': {
    en: 'does not belong to {algorithm}. Remove it, or choose another algorithm.',
    zh: '不适用于 {algorithm}。请删除，或更换算法。'
  },
  'group-does-not-divide': {
    en: 'is {found}, which groups of {group} completions do not divide. The nearest size that they do is {suggestion}.',
    zh: '为 {found}，无法被每组 {group} 个补全整除。最接近的可用值是 {suggestion}。'
  },
  'micro-batch-does-not-divide': {
    en: 'is {found}, which micro-batches of {microBatch} do not divide. The nearest size that they do is {suggestion}.',
    zh: '为 {found}，无法被微批大小 {microBatch} 整除。最接近的可用值是 {suggestion}。'
  },
  'beta-needs-reference': {
    en: 'is none, but a KL coefficient of {beta} needs a reference. Choose model or adapters-off, or set reinforcement.beta to 0.',
    zh: '为 none，但 KL 系数 {beta} 需要参考模型。请选择 model 或 adapters-off，或将 reinforcement.beta 设为 0。'
  },
  'needs-adapters': {
    en: 'is {found}, which needs LoRA or QLoRA: only then is there a base model under the policy. Choose model, or another method.',
    zh: '为 {found}，仅适用于 LoRA 或 QLoRA（此时策略之下才有基座模型）。请选择 model，或更换微调方法。'
  },
  'reference-vocabulary': {
    en: 'has a vocabulary of {found} tokens, {model} has {expected}: their log-probabilities cannot be compared. Choose a model of the same family, or leave the field out for the policy’s own.',
    zh: '词表大小为 {found}，而 {model} 为 {expected}，两者的对数概率无法比较。请选择同系列模型，或留空以使用策略模型本身。'
  },
  'generate-in-trainer': {
    en: 'must be trainer: Hugging Face generate() runs in the training process. Choose vllm or sglang for a process of its own.',
    zh: '必须为 trainer：Hugging Face generate() 在训练进程中运行。如需独立进程，请选择 vllm 或 sglang。'
  },
  'prefix-refused': {
    en: 'is prefix tuning, which PEFT cannot do with {model}: it has {feature}. Choose prompt tuning or P-tuning.',
    zh: '为前缀微调，但 PEFT 无法用于 {model}：该模型具有{feature}。请改用提示微调或 P-tuning。'
  },
  'prefix-with-checkpointing': {
    en: 'cannot be on with prefix tuning: checkpointed blocks drop the cache that holds the prefix, so that nothing would be trained. Choose none.',
    zh: '不能与前缀微调同时开启：检查点会丢弃保存前缀的缓存，导致没有可训练的内容。请选择 none。'
  },
  'liger-with-kept-logits': {
    en: 'cannot be on with the fused linear cross entropy, which never makes the logits. Turn one of them off.',
    zh: '不能与融合线性交叉熵同时开启（后者不产生 logits）。请关闭其中一项。'
  },
  'packing-not-supervised': {
    en: 'is for supervised fine-tuning; {algorithm} keeps answers in rows of their own. Remove it, or choose sft.',
    zh: '仅用于监督微调；{algorithm} 的每条回答单独成行。请删除，或将算法改为 sft。'
  },
  'packing-with-padding': {
    en: 'cannot be on with packing, which leaves no rows of unequal length. Turn it off, or remove data.packing.',
    zh: '不能与打包同时开启：打包后没有长短不一的行。请关闭，或删除 data.packing。'
  },
  'packing-virtual-tokens': {
    en: 'must be wrapped or absent with virtual tokens: PEFT drops the positions that tell packed samples apart. Change it, or choose another method.',
    zh: '在使用虚拟词元时只能为 wrapped 或留空：PEFT 会丢弃用于区分样本的位置编号。请更改，或更换微调方法。'
  },
  'packing-positions': {
    en: 'must be wrapped or absent for {model}, which does not tell samples apart by their positions. Change it.',
    zh: '对 {model} 只能为 wrapped 或留空：该模型无法通过位置编号区分样本。请更改。'
  },
  'flash-head-dim': {
    en: 'cannot be the FlashAttention package here, which packed samples need too: heads of {found} are wider than its {max}. Choose efficient.',
    zh: '此处不能使用 FlashAttention 软件包（打包样本也需要它）：注意力头宽 {found} 超过其上限 {max}。请改用 efficient。'
  },
  'block-mask-attention': {
    en: '{found} takes no mask. Choose efficient or eager, or set data.packing to packed, as LLaMA-Factory does with FlashAttention 2.',
    zh: '{found} 不接受掩码。请改用 efficient 或 eager，或将 data.packing 设为 packed（LLaMA-Factory 在 FlashAttention 2 下的做法）。'
  },
  'attention-without-math': {
    en: 'cannot be math for {model}: its layers with a mask of their own are not simulated that way. Choose efficient or eager.',
    zh: '对 {model} 不能为 math：该模型自带掩码的层未按此方式模拟。请改用 efficient 或 eager。'
  },
  'longest-too-short': {
    en: 'is {found}, less than another of the lengths ({other}). The longest sample is at least as long as mean and 95th percentile.',
    zh: '为 {found}，小于其他长度（{other}）。最长样本不应短于均值和 95 分位数。'
  },
  'lengths-need-padding': {
    en: 'is off, but samples of unequal length in one micro-batch are padded. Turn it on, choose data.packing, or set the micro-batch to 1.',
    zh: '已关闭，但同一微批内长短不一的样本需要填充。请开启，或选择 data.packing，或将微批设为 1。'
  },
  'attention-type': {
    en: '{found} attention needs 16-bit activations. Use bf16 or fp16 weights or autocast, or choose efficient or eager attention.',
    zh: '{found} 注意力需要 16 位激活值。请使用 bf16 或 fp16 权重或自动混合精度，或改用 efficient 或 eager 注意力。'
  }
} as const satisfies Record<string, Record<Locale, string>>

const KINDS: Readonly<Record<string, Record<Locale, string>>> = {
  '@object': { en: 'an object', zh: '对象' },
  '@list': { en: 'a list', zh: '列表' },
  '@number': { en: 'a number', zh: '数字' },
  '@text': { en: 'text in quotes', zh: '带引号的文本' },
  '@boolean': { en: 'true or false', zh: 'true 或 false' },
  '@not-empty': { en: 'filled in', zh: '非空' }
}

/** The problem as one sentence that begins with the field's path: `data.microBatch is 0; the smallest possible value is 1.` */
export function describeProblem (problem: PlanProblem, locale: Locale = 'en'): string {
  const sentence = describeRemedy(problem, locale)
  const subject = problem.path || (locale === 'zh' ? '文件' : 'The document')
  return `${subject} ${sentence}`
}

/** The same without the path, for display beside the field itself. */
export function describeRemedy (problem: PlanProblem, locale: Locale = 'en'): string {
  return SENTENCES[problem.code][locale].replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = problem.values?.[name]
    if (typeof value === 'number') return formatCount(value, locale)
    if (name === 'feature' && locale === 'zh') return featureInChinese(value ?? '')
    return KINDS[value ?? '']?.[locale] ?? value ?? ''
  })
}
