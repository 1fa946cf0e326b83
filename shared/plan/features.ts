/**
 * Features of architectures that no simulation has, as `unsupported-architecture` names them: the English words are the key,
 * the Chinese ones stand beside them.
 */
const CHINESE: Readonly<Record<string, string>> = {
  'an encoder stack': '编码器结构',
  'an encoder-decoder stack': '编码器-解码器结构',
  'attention residuals (every layer looks back at the sums of the blocks of 12 layers before it)': '注意力残差（每层都会回看此前各 12 层块的累计和）',
  'a mixture of experts': '专家混合（MoE）层',
  'multi-head latent attention': '多头潜在注意力（MLA）',
  'compressed attention': '压缩注意力',
  'layers of different kinds': '多种不同类型的层',
  'a vision tower': '与语言层交织的视觉塔',
  'learned positions': '可学习的位置嵌入',
  'parallel attention and MLP': '并行的注意力与 MLP',
  'LayerNorm': 'LayerNorm 归一化',
  'a QK-norm over all heads': '跨所有头的 QK 归一化',
  'a QK-norm over biased heads': '带偏置的 QK 归一化',
  'an attention output gate': '注意力输出门',
  'attention sinks': '注意力汇聚（sinks）',
  'extra parameters per layer': '每层额外参数',
  'a factorized embedding': '分解的词嵌入',
  'an embedding norm': '词嵌入归一化',
  'hyper-connections': '超连接',
  'a head bias': '输出层偏置',
  'a value width of its own': '独立的 value 宽度',
  'key heads that PEFT does not find': 'PEFT 无法识别的 key 头数',
  'Falcon’s older block': 'Falcon 的旧版层结构',
  'attention in fp32': 'fp32 精度的注意力',
  'cross attention': '交叉注意力',
  'norms after the sublayers': '置于子层之后的归一化',
  'an embedding of another width': '宽度不同的词嵌入',
  'clipped q, k and v': '对 q、k、v 的截断',
  'a norm for every head': '每个头各自的归一化'
}

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/^(\d+) norms per layer$/, '每层 $1 个归一化'],
  [/^a (\w+) MLP$/, '$1 激活的 MLP']
]

/** The feature in Chinese; the English words where no translation is kept (names of config fields). */
export function featureInChinese (feature: string): string {
  const known = CHINESE[feature]
  if (known) return known
  const pattern = PATTERNS.find(([words]) => words.test(feature))
  return pattern ? feature.replace(pattern[0], pattern[1]) : feature
}
