import { sequencesOf, type Estimate } from '../memory/index.ts'
import { KINDS_WITH_IMPLEMENTATION, PAIRED, quantizationOf, type AdapterMethod, type Plan, type Quantization, type TargetedMethod } from '../plan/index.ts'
import { formatCount, formatParameters, formatPercent, type Locale } from '../units/index.ts'
import { describeCheckpointing } from './checkpointing.ts'
import { algorithmName, methodName, optimizerName, packingName } from './names.ts'

const SEPARATOR = ' · '

/** The plan in three lines of the field's shorthand: model and method; sizes, precision and optimizer; batch and runtime. */
export function summarizePlan (estimate: Estimate, locale: Locale): [string, string, string] {
  const { plan, modelName, parameters } = estimate
  const share = formatPercent(parameters.trainable / parameters.total, locale, parameters.trainable === parameters.total ? 0 : 2)
  const counts = locale === 'zh'
    ? `${formatParameters(parameters.total, locale)} 参数，训练 ${formatParameters(parameters.trainable, locale)}（${share}）`
    : `${formatParameters(parameters.total, locale)} parameters, ${formatParameters(parameters.trainable, locale)} trained (${share})`
  return [[modelName, ...algorithm(plan, locale), method(plan, locale)].join(SEPARATOR), [counts, precision(plan, locale), optimizer(plan, locale)].join(SEPARATOR), batch(plan, locale)]
}

/** Nothing for supervised fine-tuning, which is what a plan is unless it says otherwise. */
function algorithm ({ algorithm: name, preference, reinforcement }: Plan, locale: Locale): string[] {
  if (name === 'sft') return []
  const loss = preference?.loss ?? (name === 'grpo' ? reinforcement?.loss : undefined)
  const isOnly = loss === undefined || loss === name || loss === 'bradley-terry' || loss === 'token-classification'
  return [isOnly ? algorithmName(name, locale) : locale === 'zh' ? `${algorithmName(name, locale)}（${loss}）` : `${algorithmName(name, locale)} (${loss})`]
}

function method ({ method: m }: Plan, locale: Locale): string {
  const name = methodName(m.kind, locale)
  if (m.kind === 'freeze') {
    const of = m.modules ? `${m.modules.join(', ')}` : ''
    return locale === 'zh'
      ? `${name}（最后 ${m.trainableLayers} 层${of ? `的 ${of}` : ''}）`
      : `${name} (${of ? `${of} of the ` : ''}last ${m.trainableLayers} blocks)`
  }
  const quantization = quantizationOf(m)
  const details = [...quantization ? [formatOf(quantization, locale)] : [], ...detailsOf(m, locale)]
  if (details.length === 0) return name
  return locale === 'zh' ? `${name}（${details.join('，')}）` : `${name} (${details.join(', ')})`
}

/** What sets a method apart from others of its kind. */
function detailsOf (m: Plan['method'], locale: Locale): string[] {
  const tokens = (n: number): string => locale === 'zh' ? `${formatCount(n, locale)} 个虚拟词元` : `${formatCount(n, locale)} virtual tokens`
  switch (m.kind) {
    case 'full': case 'freeze': return []
    case 'lora': case 'qlora': return [...lora(m), targetsOf(m)]
    case 'vera': return [`r=${m.rank}`, targetsOf(m)]
    case 'ia3': return [targetsOf(m)]
    case 'oft': return [locale === 'zh' ? `块 ${m.blockSize}` : `blocks of ${m.blockSize}`, targetsOf(m)]
    case 'prompt': return [tokens(m.virtualTokens)]
    case 'p-tuning': return [tokens(m.virtualTokens), `MLP ${m.encoderHiddenSize}`]
    case 'prefix': return [tokens(m.virtualTokens), ...m.encoderHiddenSize === null ? [] : [`MLP ${m.encoderHiddenSize}`]]
  }
}

const targetsOf = ({ targets }: TargetedMethod): string => typeof targets === 'string' ? targets : targets.join(', ')

const VARIANTS = { 'rslora': 'rsLoRA', 'lora-plus': 'LoRA+', 'pissa': 'PiSSA' } as const

const lora = ({ variant, dora, rank }: AdapterMethod): string[] => [...variant ? [VARIANTS[variant]] : [], ...dora ? ['DoRA'] : [], `r=${rank}`]

/** `nf4 double`; bits and group size where they are not the usual ones. */
function formatOf ({ type, doubleQuantization, bits, groupSize }: Quantization, locale: Locale): string {
  const doubled = doubleQuantization && (type === 'nf4' || type === 'fp4')
  return [type, ...doubled ? [locale === 'zh' ? '双重量化' : 'double'] : [], ...bits ? [`${bits} bit`] : [], ...groupSize ? [`g${groupSize}`] : []].join(' ')
}

function precision ({ precision: p }: Plan, locale: Locale): string {
  if (p.autocast === 'none') return locale === 'zh' ? `${p.weights} 权重` : `${p.weights} weights`
  return locale === 'zh' ? `${p.weights} 权重，${p.autocast} 自动混合精度` : `${p.weights} weights, ${p.autocast} autocast`
}

function optimizer ({ optimizer: o }: Plan, locale: Locale): string {
  const name = optimizerName(o.kind, locale)
  return KINDS_WITH_IMPLEMENTATION.includes(o.kind) ? `${name} ${o.implementation}` : name
}

/** `2 images, tower and projector trained`; nothing for text alone. */
function images ({ data, vision }: Plan, locale: Locale): string[] {
  if (!data.images) return []
  const { perSample, height, width } = data.images
  const trained = [vision?.tower === 'trained' ? locale === 'zh' ? '视觉塔' : 'tower' : '', vision?.projector === 'trained' ? locale === 'zh' ? '投影层' : 'projector' : ''].filter(Boolean)
  return locale === 'zh'
    ? [`每样本 ${perSample} 张图像（${height} × ${width}）${trained.length > 0 ? `，训练${trained.join('与')}` : ''}`]
    : [`${perSample} ${perSample === 1 ? 'image' : 'images'} of ${height} × ${width} a sample${trained.length > 0 ? `, ${trained.join(' and ')} trained` : ''}`]
}

function batch (plan: Plan, locale: Locale): string {
  const { data, runtime, reinforcement } = plan
  const count = (n: number): string => formatCount(n, locale)
  if (reinforcement) return rollouts(plan, reinforcement, locale)
  const tokens = count(sequencesOf(plan) * data.sequenceLength * data.gradientAccumulation)
  const checkpointing = describeCheckpointing(plan, locale)
  return locale === 'zh'
    ? [`微批 ${count(data.microBatch)}${PAIRED.has(plan.algorithm) ? ' 对' : ''} × ${count(data.sequenceLength)} 词元 × 累积 ${count(data.gradientAccumulation)} = 每步 ${tokens} 词元`, ...images(plan, locale), ...packing(plan, locale), `${runtime.attention} 注意力`, checkpointing, ...runtime.routerLoss ? ['路由均衡损失'] : []].join(SEPARATOR)
    : [`micro-batch ${count(data.microBatch)}${PAIRED.has(plan.algorithm) ? data.microBatch === 1 ? ' pair' : ' pairs' : ''} × ${count(data.sequenceLength)} tokens × accumulation ${count(data.gradientAccumulation)} = ${tokens} tokens a step`, ...images(plan, locale), ...packing(plan, locale), `${runtime.attention} attention`, checkpointing, ...runtime.routerLoss ? ['router loss'] : []].join(SEPARATOR)
}

/** How samples share rows, where they do. */
const packing = ({ data }: Plan, locale: Locale): string[] => data.packing ? [packingName(data.packing, locale)] : []

/** Prompt and completion, how many at a time, and what makes them. */
function rollouts (plan: Plan, { promptLength, completionLength, generationBatch, groupSize, rollout }: NonNullable<Plan['reinforcement']>, locale: Locale): string {
  const count = (n: number): string => formatCount(n, locale)
  const tokens = `${count(promptLength)} + ${count(completionLength)}`
  const parts = locale === 'zh'
    ? [`每次生成 ${count(generationBatch)} 条（每组 ${groupSize}）× ${tokens} 词元`, `微批 ${count(plan.data.microBatch)}`, `${rollout.engine} 生成`]
    : [`${count(generationBatch)} completions (groups of ${groupSize}) × ${tokens} tokens`, `micro-batch ${count(plan.data.microBatch)}`, `generated by ${rollout.engine}`]
  return [...parts, describeCheckpointing(plan, locale)].join(SEPARATOR)
}
