import type { Locale } from '../units/index.ts'

/** Names of variables, parameters and buffers in the frameworks' code: the same in every language. */
export const CODE_NAMES: ReadonlySet<string> = new Set([
  'exp_avg', 'exp_avg_sq', 'step', 'lora_A', 'lora_B', 'lora_embedding_A', 'lora_embedding_B', 'lora_magnitude_vector', 'vera_A', 'vera_B', 'vera_lambda_b', 'vera_lambda_d', 'ia3_l', 'oft_R',
  'input_ids', 'labels', 'position_ids', 'attention_mask', 'completion_mask', 'prompt_ids', 'prompt_mask', 'completion_ids', 'token_type_ids', 'decoder_input_ids',
  'KL_input_ids', 'KL_attention_mask', 'KL_completion_mask', 'cos', 'sin', 'down_proj', 'gate_up_proj', 'up_proj', 'gate_up_proj_bias', 'down_proj_bias',
  'A_log', 'dt_bias', 'D', 'A', 'position_bias', 'layer_scalar', 'attn_gate', 'mlp_gate', 'alpha_p', 'alpha_n', 'beta', 'eps', 'fn', 'base', 'w1', 'v1', 'w2', 'comb', 'sinks', 'logsumexp',
  'glu', 'dt', 'delta', 'post', 'system', 'per_expert_scale', 'max_exp_avg_sq', 'momentum_buffer', 'square_avg', 'exp_avg_sq_row', 'exp_avg_sq_col', 'state1', 'state2', 'vmean', 'tmp_lr', 'stepsize', 'absmax',
  'RMS', 'm', 'h', 'v', 'U', 'Vh', 's', 'z', 'x > 0', 'B · x', 'C · conv(B · x)',
  'exp(g)', 'exp(A)', 'exp(A_log)', '1 + exp(g)', 'g > 20', '1 + tanh', '0.5 · x', 'α · x', 'step + dt', 'C · B', 'C · states', 'discrete A', 'discrete B', 'discrete B · x', 'β + softplus', 'softplus'
])

/** The engine's names of tensors in Chinese. */
export const CHINESE_TENSORS: Readonly<Record<string, string>> = {
  'weight': '权重', 'bias': '偏置', 'output': '输出', 'gradient': '梯度', 'weight gradient': '权重梯度', 'bias gradient': '偏置梯度', 'loss': '损失', 'mean': '均值', 'state': '状态', 'values': '数值', 'scores': '分数',
  'sum': '和', 'sums': '和', 'scale': '缩放系数', 'scaled': '缩放后', 'padded': '填充后', 'clone': '副本', 'product': '乘积', 'query': 'query', 'key': 'key', 'keys': 'key', 'slope rate': '斜率',
  'absmax, quantized': '量化的 absmax', 'absmax of absmax': 'absmax 的 absmax', 'second code book': '第二级码本', 'absmax offset': 'absmax 偏移', 'code book': '码本',
  'inverse frequencies': '频率倒数', 'original inverse frequencies': '原始频率倒数', 'block output': '层输出', 'reciprocal root mean square': '均方根倒数', 'reciprocal deviation': '标准差倒数', 'reciprocal root': '平方根倒数',
  'fp32 copy of the input': '输入的 fp32 副本', 'log-probabilities': '对数概率', 'autocast copy of the weight': '权重的自动混合精度副本', 'logits in fp32': 'fp32 logits', 'total weight': '权重总和',
  'padded labels': '填充后的标签', 'shifted labels': '移位后的标签', 'concatenated labels': '拼接的标签', 'label mask': '标签掩码', 'score correction': '分数修正', 'in fp32': 'fp32 副本', 'causal mask': '因果掩码',
  'normalized': '归一化结果', 'normalized, input type': '归一化结果（输入类型）', 'normalized, weight type': '归一化结果（权重类型）', 'input in the autocast type': '自动混合精度类型的输入', 'in the autocast type': '自动混合精度类型副本',
  'weight in the autocast type': '自动混合精度类型的权重', 'operand in the autocast type': '自动混合精度类型的操作数', 'embedding scale': '嵌入缩放系数', 'scaled embedding': '缩放后的嵌入', 'dropout mask': 'dropout 掩码', 'dropout output': 'dropout 输出',
  'sum of gradients': '梯度之和', '1 + weight': '1 + 权重', 'weight + 1': '权重 + 1', 'silu output': 'silu 输出', 'gelu output': 'gelu 输出', 'tanh output': 'tanh 输出', 'sigmoid output': 'sigmoid 输出', 'softplus output': 'softplus 输出', 'expm1 output': 'expm1 输出', 'softmax output': 'softmax 输出',
  'stack with its adapter': '带适配器的专家权重', 'router with its adapter': '带适配器的路由器', 'trained copy': '训练副本', 'outputs in fp32': 'fp32 输出', 'weight in fp32': 'fp32 权重', 'bias in fp32': 'fp32 偏置', 'B in fp32': 'fp32 的 B', 'D in fp32': 'fp32 的 D',
  'input in fp32': 'fp32 输入', 'x in fp32': 'fp32 的 x', 'gate in fp32': 'fp32 门控', 'scores in fp32': 'fp32 分数', 'streams in fp32': 'fp32 流', 'advantages': '优势', 'gathered tokens': '聚集的词元', 'permutation': '排列', 'inverse permutation': '逆排列',
  'contiguous copy': '连续副本', 'where samples begin': '样本起始位置', 'values as wide as keys': '与键同宽的值', 'output, as wide as values': '与值同宽的输出',
  'log-sum-exp': 'log-sum-exp', 'after attention': '注意力之后', 'mean of squares + ε': '平方均值 + ε', 'scaled logits': '缩放后的 logits', 'capped logits': '截断后的 logits', 'selected logits': '选取的 logits', 'flat logits': '展平的 logits', 'logits / temperature': 'logits / 温度', 'logits of the mini-batch': '小批次的 logits',
  'indices of the best scores': '最高分的索引', 'indices of largest probabilities': '最大概率的索引', 'indices of largest logits': '最大 logits 的索引', 'indices of the maximum': '最大值的索引', 'token of each pair': '每个配对的词元', 'clone for the gradient': '为梯度所做的副本', 'clone of the base output': '基础层输出的副本', 'clone of the output': '输出的副本', 'output in the input type': '输入类型的输出',
  'scaled input': '缩放后的输入', 'scaled input in its own type': '原类型的缩放输入', 'scaled output': '缩放后的输出', 'skew-symmetric matrix': '反对称矩阵', 'triangle': '三角阵', 'rotation': '旋转矩阵', 'rotated blocks': '旋转后的块', 'Q²': 'Q²', 'Q³': 'Q³', 'Q⁴': 'Q⁴', 'rotated input': '旋转后的输入', 'rotated input in its own type': '原类型的旋转输入', 'rotated input in the adapter type': '适配器类型的旋转输入', 'virtual tokens': '虚拟词元', 'scaled inner': '缩放后的中间结果', 'prefix in the model type': '模型类型的前缀', 'keys of the prefix': '前缀的 key', 'values of the prefix': '前缀的 value', 'mask of the virtual tokens': '虚拟词元的掩码', 'mask with virtual tokens': '含虚拟词元的掩码', 'bias in the compute type': '计算类型的偏置',
  'bias of distance': '距离偏置', 'convolution': '卷积', 'probabilities': '概率', 'largest probabilities': '最大概率', 'chosen probabilities': '选中的概率', 'centered': '去均值结果', 'log-probabilities of the tokens': '词元的对数概率', 'log-probabilities of the completions': '补全的对数概率', 'log-probabilities of the sequences': '序列的对数概率',
  'gate and up': 'gate 与 up', 'exponentials': '指数', 'weighted': '加权结果', 'weighted values': '加权的 value', 'weighted tokens': '加权的词元', 'weights': '权重系数', 'scaled weights': '缩放后的权重系数', 'sorted weights': '排序后的权重系数', 'sum of weights': '权重系数之和', 'weights of the window': '窗口的权重系数', 'turned': '旋转后', 'turned and passed': '旋转与未旋转部分', 'in the order of tokens': '按词元顺序',
  'down': 'down', 'sorted expert ids': '排序后的专家编号', 'expert ids for the histogram': '直方图用的专家编号', 'tokens per expert': '每个专家的词元数', 'tokens for every expert': '每个专家的词元', 'experts of each token id': '各词元编号的专家', 'places of the expert’s tokens': '专家词元的位置', 'scores by expert': '按专家的分数', 'expert bias': '专家偏置', 'offsets': '偏移',
  'scaled query': '缩放后的 query', 'scaled key': '缩放后的 key', 'tokens and positions': '词元与位置', 'diagonal decay': '对角衰减', 'query decay': 'query 衰减', 'key decay': 'key 衰减', 'pairwise decay': '两两衰减', 'decay': '衰减', 'decay within chunks': '块内衰减', 'decay between chunks': '块间衰减', 'decay to the end': '到末尾的衰减', 'decay of the chunk': '块衰减', 'decay to the end of the chunk': '到块末的衰减', 'decay from the start of the chunk': '自块首的衰减', 'decay so far': '累计至此的衰减', 'cumulative decay': '累计衰减', 'decayed products': '衰减后的乘积', 'B, decayed': '衰减后的 B',
  'sines and cosines': '正弦与余弦', 'sines and cosines, repeated': '重复的正弦与余弦', 'sines and cosines of the positions': '各位置的正弦与余弦', 'sin, repeated': '重复的 sin', 'cos, repeated': '重复的 cos', 'cos, interleaved': '交错的 cos', 'sin, interleaved': '交错的 sin',
  'initial state': '初始状态', 'initial state and states': '初始状态与各状态', 'states': '各状态', 'states in the input type': '输入类型的状态', 'states at the start of the chunks': '块首的状态', 'products per channel': '逐通道乘积', 'upper triangle': '上三角', 'inverse triangle': '三角逆', 'triangular system': '三角方程组', 'denominator': '分母', 'zeros for a bias': '代替偏置的零', 'prompt mask': '提示掩码', 'additive mask': '加性掩码', 'bias and mask': '偏置与掩码', 'mask of rows': '行掩码', 'cross attention mask': '交叉注意力掩码', 'mask of compressed keys': '压缩 key 的掩码',
  'skip connection': '跳跃连接', 'output and skip connection': '输出与跳跃连接', 'streams': '各流', 'one stream': '单个流', 'padded to whole chunks': '填充到整块', 'x, padded': '填充后的 x', 'concatenated input_ids': '拼接的 input_ids', 'concatenated attention_mask': '拼接的 attention_mask', 'repeated position_ids': '重复的 position_ids', 'kept by further chunks': '其余块保留的张量', 'keys that read the state': '读取状态的 key', 'keys by keys': 'key 与 key 的乘积', 'keys and compressed keys': 'key 与压缩 key', 'chosen compressed keys': '选中的压缩 key',
  'negated': '取负', 'with the per-layer input': '加入逐层输入', 'per-layer inputs': '逐层输入', 'projected image': '投影后的图像', 'clamped': '截断后', 'masked scores': '掩码后的分数', 'scores with sinks': '含 sinks 的分数', 'scores less the maximum': '减去最大值的分数', 'scores within chunks': '块内分数', 'chosen scores': '选中的分数', 'stacked outputs': '堆叠的输出', 'outputs of the steps': '各步输出', 'output of a step': '单步输出', 'q, k and v': 'q、k、v', 'output, tokens first': '输出（词元在前）', 'output, tokens last': '输出（词元在后）', 'output across chunks': '跨块输出', 'output within chunks': '块内输出', 'sum of outputs': '输出之和', 'gated output': '门控后的输出',
  'masked elements': '被掩码的元素', 'picked heads': '选取的头', 'repeated heads': '重复的头', 'chosen tokens': '选中的词元', 'correction': '修正', 'root': '平方根', 'new values': '新的 value', 'A, summed': '累加的 A', 'copy for bmm': '供 bmm 使用的副本', 'maximum': '最大值', 'without the bias': '去除偏置', 'in the input type': '输入类型副本', 'scale of each position': '各位置的缩放', 'scaled hidden states': '缩放后的隐藏状态', 'hidden states in the weight type': '权重类型的隐藏状态', 'reward margins': '奖励差值', 'buckets': '分桶', 'overlapping windows': '重叠窗口', 'difference': '差', 'projections, multiplied': '相乘后的投影', 'input, multiplied': '相乘后的输入', 'input in the compute type': '计算类型的输入', 'entropy per token': '逐词元的熵',
  'contiguous v': '连续化的 v', 'normed q': '归一化的 q', 'normed k': '归一化的 k', 'norms of q': 'q 的范数', 'norms of k': 'k 的范数', 'q in fp32': 'fp32 的 q', 'k in fp32': 'fp32 的 k', 'scales of the chosen experts': '选中专家的缩放系数', 'weighted, in the type of the output': '加权结果（输出类型）',
  'input in the adapter type': '适配器类型的输入', 'input in the weight type': '权重类型的输入', 'state in the input type': '输入类型的状态', 'in the type of wo': 'wo 类型副本', 'adapter in the type of the stack': '专家权重类型的适配器', 'output in the base type': '基础层类型的输出', 'scaled output in the base type': '基础层类型的缩放输出', 'virtual tokens in the model type': '模型类型的虚拟词元',
  'up + 1': 'up + 1', 'with its bias': '加偏置后', 'indices of largest scores': '最大分数的索引', 'additive mask, aligned': '对齐的加性掩码', 'padding mask': '填充掩码', 'padding mask of the encoder': '编码器的填充掩码', 'completion mask': '补全掩码', 'relu output': 'relu 输出', 'scan output': '扫描输出', 'gate': '门控', 'gated': '门控后', 'gate, multiplied': '相乘后的门控', 'ones': '全 1',
  'routed and shared': '路由专家与共享专家之和', 'projections, tokens last': '投影（词元在后）', 'selection': '选择', 'states of the scan': '扫描的各状态', 'states of the chunks': '各块状态', 'decay of the state': '状态衰减', 'decayed scores': '衰减后的分数', 'decayed key': '衰减后的 key', 'decayed query': '衰减后的 query', 'masked softmax': '掩码 softmax', 'masked input': '掩码后的输入', 'masked log-probabilities': '掩码后的对数概率', 'mask of distant scores': '远距分数的掩码',
  'drawn expert': '抽取的专家', 'probability of the drawn expert': '所抽专家的概率', 'position embeddings': '位置嵌入', 'after the MLP': 'MLP 之后', 'sum of weights + ε': '权重系数之和 + ε', 'kept by further blocks': '其余层保留的张量', 'moving average': '滑动平均', 'norm of one gradient': '单个梯度的范数', 'total norm': '总范数', 'norm of the scaled gradient': '缩放后梯度的范数',
  'square root of exp_avg_sq': 'exp_avg_sq 的平方根', 'root of square_avg': 'square_avg 的平方根', 'root of the sum': '累加值的平方根', 'scaled gradient': '缩放后的梯度', 'squared gradient': '梯度平方', 'normalized gradient': '归一化的梯度', 'orthogonalized gradient': '正交化的梯度', 'projected gradient': '投影后的梯度', 'gradient projected back': '投影回的梯度', 'gradient in fp32': 'fp32 梯度', 'update': '更新量', 'negative update': '负更新量', 'parameter': '参数', 'parameter in fp32': 'fp32 参数',
  'row factor': '行因子', 'column factor': '列因子', 'exp_avg_sq factor': 'exp_avg_sq 因子', 'Gram matrix': 'Gram 矩阵', 'shifted Gram matrix': '平移的 Gram 矩阵', 'polynomial of the Gram matrix': 'Gram 矩阵多项式', 'clone of exp_avg': 'exp_avg 的副本', 'mean of squares': '平方均值', 'unused product': '未使用的乘积', 'projection': '投影', 'projection (a view of U)': '投影（U 的视图）', 'projection (a view of Vh)': '投影（Vh 的视图）', 'random matrix': '随机矩阵', 'scaling factor': '缩放因子', 'scaling': '缩放', 'limiter': '限幅器', 'identity': '单位矩阵', 'eigenvectors': '特征向量', 'eigenvalues': '特征值', 'projected moment': '投影后的动量', 'normalized moment': '归一化的动量', 'outer product': '外积',
  'fp32 copy': 'fp32 副本', 'gradient of the head': '输出头的梯度', 'head gradient of one chunk': '单块的输出头梯度', 'head gradient of one chunk in fp32': '单块的 fp32 输出头梯度', 'gradient of one chunk': '单块的梯度', 'gradient of the hidden states': '隐藏状态的梯度', 'gradient of the loss': '损失的梯度', 'logits of one chunk': '单块的 logits', 'loss per token': '逐词元的损失', 'packed hidden states': '压紧的隐藏状态', 'packed labels': '压紧的标签', 'labelled hidden states': '有标签的隐藏状态', 'last hidden states': '最后的隐藏状态', 'order': '顺序', 'gptq group index': 'gptq 分组索引', 'aqlm codes': 'aqlm 编码', 'aqlm code book': 'aqlm 码本', 'mxfp4 exponents': 'mxfp4 指数',
  'rows of the upper triangle': '上三角的行', 'columns of the upper triangle': '上三角的列', 'virtual token table': '虚拟词元表', 'virtual token numbers': '虚拟词元编号', 'virtual tokens of every row': '每行的虚拟词元', 'embedded tokens with virtual ones': '含虚拟词元的嵌入', 'labels with virtual tokens': '含虚拟词元的标签', 'labels of the virtual tokens': '虚拟词元的标签', 'keys with the prefix': '含前缀的 key', 'values with the prefix': '含前缀的 value', 'staging buffer': '暂存缓冲区', 'places of the completion': '补全的位置', 'policy ratio': '策略比值',
  'rows with an image': '含图像的行', 'squared': '平方', 'attention input': '注意力输入'
}

/** Names made of the code's own: a format, a state. These stay. */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/^(\w+) weight$/, '$1 权重'],
  [/^dequantized weight of (\w+)$/, '反量化的 $1 权重'],
  [/^(\w+) scales$/, '$1 缩放因子'],
  [/^(\w+) zeros$/, '$1 零点'],
  [/^absmax of (\w+)$/, '$1 的 absmax'],
  [/^quantization map of (\w+)$/, '$1 的量化映射'],
  [/^codes of (\w+)$/, '$1 的编码'],
  [/^scale of (\w+)$/, '$1 的缩放因子'],
  [/^encoder weight (\d)$/, '编码器权重 $1'],
  [/^encoder bias (\d)$/, '编码器偏置 $1']
]

/** The Chinese name of one of the engine's tensors. One that has none keeps its English name. */
export function chineseTensor (tensor: string): string {
  const known = CHINESE_TENSORS[tensor]
  if (known !== undefined || CODE_NAMES.has(tensor)) return known ?? tensor
  const [pattern, replacement] = PATTERNS.find(([shape]) => shape.test(tensor)) ?? []
  return pattern ? tensor.replace(pattern, replacement!) : tensor
}

/** What the engine calls a tensor, as the reader says it. */
export const tensorName = (tensor: string, locale: Locale): string => locale === 'zh' ? chineseTensor(tensor) : tensor
