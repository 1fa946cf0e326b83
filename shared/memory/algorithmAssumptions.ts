import type { Locale } from '../units/index.ts'
import type { ResolvedPlan } from './resolvedPlan.ts'
import type { Assumption } from './result.ts'

/* What is taken for granted about preferences and rollouts. */

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
  'completion-share': {
    en: '{percent} % of the tokens are taken to be completion.',
    zh: '假定 {percent}% 的词元属于补全部分。'
  }
} as const satisfies Record<string, Record<Locale, string>>

type Code = keyof typeof ALGORITHM_SENTENCES

export function algorithmAssumptions ({ plan }: ResolvedPlan): Assumption[] {
  const { preference, reinforcement, algorithm } = plan
  const list: (Assumption & { code: Code })[] = []
  if (preference && (algorithm === 'dpo' || algorithm === 'kto' || algorithm === 'bco')) list.push({ code: 'completion-share', values: { percent: Math.round(preference.completionShare * 100) } })
  if (algorithm === 'kto' || algorithm === 'bco') list.push({ code: 'half-desirable' })
  if (!reinforcement) return list
  list.push({ code: 'completions-at-full-length' })
  const { engine, place } = reinforcement.rollout
  if (engine !== 'hugging-face' && place !== 'elsewhere') list.push({ code: 'engine-estimated' }, { code: 'segments-given-back' })
  return list
}
