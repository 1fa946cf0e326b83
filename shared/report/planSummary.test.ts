import { describe, expect, it } from 'vitest'
import { defaultMethod, defaultPlan, withQuantization, type Method, type Plan } from '../plan/index.ts'
import { estimate } from '../memory/index.ts'
import { summarizePlan } from './planSummary.ts'
import type { Locale } from '../units/index.ts'

const base = defaultPlan()
const firstLine = (method: Method, locale: Locale = 'en'): string => {
  const plan: Plan = { ...base, method, runtime: { ...base.runtime, checkpointing: 'none' } }
  const result = estimate(plan, { depth: 'fast' })
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return summarizePlan(result.value, locale)[0]
}
const qlora = defaultMethod('qlora') as Extract<Method, { kind: 'qlora' }>
const lora = defaultMethod('lora') as Extract<Method, { kind: 'lora' }>

describe('the method in the plan summary', () => {
  it.each<[Method, string]>([
    [{ ...lora, variant: 'rslora', dora: true }, 'LoRA (rsLoRA, DoRA, r=8, q_proj, v_proj)'],
    [qlora, 'QLoRA (nf4 double, r=16, all-linear)'],
    [{ ...qlora, quantization: { type: 'gptq', doubleQuantization: true, bits: 8, groupSize: 32 } }, 'QLoRA (gptq 8 bit g32, r=16, all-linear)'],
    [defaultMethod('vera'), 'VeRA (r=256, q_proj, v_proj)'],
    [defaultMethod('ia3'), '(IA)³ (k_proj, v_proj, down_proj)'],
    [withQuantization(defaultMethod('ia3'), { type: 'nf4', doubleQuantization: true }), '(IA)³ (nf4 double, k_proj, v_proj, down_proj)'],
    [withQuantization(defaultMethod('prompt'), { type: 'hqq', doubleQuantization: false }), 'prompt tuning (hqq, 20 virtual tokens)'],
    [defaultMethod('oft'), 'OFT (blocks of 32, all-linear)'],
    [defaultMethod('prefix'), 'prefix tuning (20 virtual tokens)'],
    [defaultMethod('prompt'), 'prompt tuning (20 virtual tokens)'],
    [defaultMethod('p-tuning'), 'P-tuning (20 virtual tokens, MLP 128)']
  ])('names what sets it apart', (method, expected) => {
    expect(firstLine(method)).toContain(expected)
  })
  it('speaks Chinese', () => {
    expect(firstLine(defaultMethod('prefix'), 'zh')).toContain('前缀微调（20 个虚拟词元）')
    expect(firstLine(qlora, 'zh')).toContain('QLoRA（nf4 双重量化，r=16，all-linear）')
  })
})

describe('the run in the plan summary', () => {
  it.each<[Locale, string]>([['en', 'router loss'], ['zh', '路由均衡损失']])('tells of the loss that balances experts, in %s', (locale, words) => {
    const moe = defaultPlan('Qwen/Qwen3-30B-A3B')
    const linesOf = (plan: Plan): string => {
      const result = estimate(plan, { depth: 'fast' })
      return result.ok ? summarizePlan(result.value, locale).join(' ') : ''
    }
    expect(linesOf({ ...moe, runtime: { ...moe.runtime, routerLoss: true } })).toContain(words)
    expect(linesOf(moe)).not.toContain(words)
  })
})
