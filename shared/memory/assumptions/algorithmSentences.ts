import type { Locale } from '../../units/index.ts'

export const ALGORITHM_SENTENCES = {
  'completions-at-full-length': {
    en: 'Every completion is as long as the completion length. Shorter ones need less; the longest of a batch decides.',
    zh: '假定每条补全都达到设定长度。更短的补全占用更少，由批次中最长者决定。'
  },
  'engine-estimated': {
    en: 'Of the inference engine only weights and cache are computed. Its profiling run, CUDA graphs and what stays while it sleeps are estimates from its source and from published figures, with the interval of the total.',
    zh: '推理引擎仅权重与 KV 缓存为精确计算；其预热激活、CUDA 图及休眠残留依据源代码与公开数据估计，已体现在总量区间中。'
  },
  'segments-given-back': {
    en: 'Before it generates the trainer gives its cached segments back (empty_cache, as TRL, verl and OpenRLHF do).',
    zh: '生成之前训练进程会归还缓存段（empty_cache，TRL、verl 与 OpenRLHF 均如此）。'
  },
  'half-desirable': {
    en: 'Half of the examples are taken to be desirable; the split decides only the size of copies made for the log.',
    zh: '假定一半样本为期望样本；该比例仅影响日志所用副本的大小。'
  },
  'framework-from-source': {
    en: 'How {framework} makes log-probabilities was read in its source, not traced: {source}. The interval allows {bytes} bytes per logit either way.',
    zh: '{framework} 的对数概率计算方式来自源代码阅读，未经实测：{source}。区间按每个 logit 上下 {bytes} 字节估计。'
  },
  'nearest-loss': {
    en: 'The loss of {algorithm} is taken for that of the nearest traced algorithm; the interval allows {bytes} bytes per logit either way.',
    zh: '{algorithm} 的损失按最接近的已实测算法计算；区间按每个 logit 上下 {bytes} 字节估计。'
  },
  'ppo-outputs-stay': {
    en: 'TRL’s PPO keeps the generation scores of the whole rollout in fp32 until the next one, and the logits and hidden states of a micro-batch until the next. It never switches checkpointing on by itself.',
    zh: 'TRL 的 PPO 会将整个采样批次的生成得分以 fp32 保留至下一次采样，并将微批次的 logits 与隐藏状态保留至下一微批次；它不会自行开启梯度检查点。'
  },
  'completion-share': {
    en: '{percent} % of the tokens are taken to be completion.',
    zh: '假定 {percent}% 的词元属于补全部分。'
  }
} as const satisfies Record<string, Record<Locale, string>>
