import { describe, expect, it } from 'vitest'
import { defaultMethod, defaultPlan, describeProblem, QUANTIZATION_TYPES, takesFormat, withQuantization, type Method, type Quantization } from '../../../plan/index.ts'
import { LLAMA_3_8B, lora, planOf, qlora, type PlanChanges } from '../../fixtures/plans.ts'
import { estimate } from '../../index.ts'

function problemsOf (method: Method, changes: PlanChanges = {}): string[] {
  const result = estimate(planOf(LLAMA_3_8B, method, changes), { depth: 'fast' })
  return result.ok ? [] : result.problems.map((problem) => describeProblem(problem))
}

const over = (kind: Method['kind'], type: Quantization['type']): Method => withQuantization(defaultMethod(kind), { type, doubleQuantization: false })
/** Short, so that the weights decide: (IA)³ keeps more activations over bitsandbytes layers. */
const SHORT: PlanChanges = { precision: { weights: 'bf16', autocast: 'bf16', outputsToFp32: true }, data: { microBatch: 1, sequenceLength: 128 } }

const assumptionsOf = (method: Method): string[] => {
  const result = estimate(planOf(LLAMA_3_8B, method, { precision: { weights: 'bf16', autocast: 'bf16', outputsToFp32: true } }), { depth: 'fast' })
  return result.ok ? result.value.assumptions.map((a) => a.code) : []
}
const format = (type: Extract<Method, { kind: 'qlora' }>['quantization']['type'], upcastUnquantized = false): Method =>
  qlora({ quantization: { type, doubleQuantization: false }, upcastUnquantized })

describe('settings of adapter methods that do not suit each other', () => {
  it.each<[string, string[], string]>([
    ['a prefix under checkpointing', problemsOf(defaultMethod('prefix'), { runtime: { checkpointing: 'reentrant' } }), 'runtime.checkpointing cannot be on with prefix tuning'],
    ['an adapted head under a fused loss', problemsOf(lora({ targets: ['lm_head'] }), { runtime: { loss: 'liger-fused-linear' } }), 'method.targets cannot name lm_head together with the loss liger-fused-linear'],
    ['DoRA on the embedding', problemsOf(lora({ targets: ['embed_tokens'], dora: true })), 'method.targets[0] names “embed_tokens”'],
    ['VeRA on the head', problemsOf({ ...defaultMethod('vera'), targets: ['lm_head'] } as Method), 'method.targets[0] names “lm_head”'],
    ['a module adapted and saved', problemsOf(lora({ targets: ['embed_tokens'], modulesToSave: ['embed_tokens'] })), 'method.modulesToSave[0] names “embed_tokens” twice'],
    ['feed-forward modules outside the targets', problemsOf({ kind: 'ia3', targets: ['k_proj'], adapterType: 'fp32', feedForward: ['down_proj'] }), 'method.feedForward[0] names “down_proj”, which is not among the targets (k_proj)'],
    ['(IA)³ over GPTQ', problemsOf(over('ia3', 'gptq')), 'method.quantization.type is gptq, whose layers PEFT cannot put (IA)³ on. Choose nf4, fp4, int8, fp8, mxfp4.'],
    ['VeRA over EETQ', problemsOf(over('vera', 'eetq')), 'method.quantization.type is eetq, whose layers PEFT cannot put VeRA on'],
    ['OFT over EETQ', problemsOf(over('oft', 'eetq')), 'method.quantization.type is eetq, whose layers PEFT cannot put OFT on'],
    ['(IA)³ over nf4 without autocast', problemsOf(over('ia3', 'nf4'), { precision: { weights: 'bf16', autocast: 'none', outputsToFp32: false } }), 'precision.autocast must be on: outside autocast PEFT’s (IA)³ makes fp32'],
    ['DoRA over AWQ', problemsOf(qlora({ dora: true, quantization: { type: 'awq', doubleQuantization: false } })), 'method.dora does not work over awq weights'],
    ['an upcast of what is not quantized', problemsOf({ ...defaultMethod('prompt'), upcastUnquantized: true } as Method), 'method.upcastUnquantized needs quantized weights'],
    ['an upcast that PEFT does not do with a prompt', problemsOf({ ...over('prompt', 'hqq'), upcastUnquantized: true } as Method, { runtime: { attention: 'efficient' } }), 'method.upcastUnquantized does nothing to a hqq model'],
    ['an upcast that PEFT does not do', problemsOf(format('gptq', true), { runtime: { attention: 'efficient' } }), 'method.upcastUnquantized does nothing to a gptq model']
  ])('%s', (_, problems, expected) => {
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(expected)
  })
})

describe('prefix tuning of models whose cache PEFT cannot fill', () => {
  it.each([
    ['google/flan-t5-base', 'it has an encoder-decoder stack'],
    ['deepseek-ai/DeepSeek-V2-Lite', 'it has multi-head latent attention'],
    ['deepseek-ai/DeepSeek-V4-Pro-Base', 'it has compressed attention'],
    ['state-spaces/mamba-130m-hf', 'it has layers of different kinds'],
    ['Qwen/Qwen3-Next-80B-A3B-Instruct', 'it has layers of different kinds'],
    ['XiaomiMiMo/MiMo-V2-Flash', 'it has a value width of its own'],
    ['tiiuae/falcon-7b', 'it has key heads that PEFT does not find']
  ])('%s is refused', (id, reason) => {
    const plan = defaultPlan(id)
    const result = estimate({ ...plan, method: defaultMethod('prefix'), runtime: { ...plan.runtime, checkpointing: 'none' } }, { depth: 'fast' })
    expect(result.ok ? [] : result.problems.map((problem) => describeProblem(problem)).join()).toContain(`method.kind is prefix tuning, which PEFT cannot do with`)
    expect(result.ok ? '' : describeProblem(result.problems[0]!)).toContain(reason)
    expect(result.ok ? '' : describeProblem(result.problems[0]!, 'zh')).not.toMatch(/attention|layers|heads that/)
  })
})

describe('methods over every format that they take', () => {
  it.each(['vera', 'ia3', 'oft', 'prefix', 'prompt', 'p-tuning'] as const)('%s has an estimate, and needs less than over 16 bits', (kind) => {
    const total = (method: Method): number => {
      const result = estimate(planOf(LLAMA_3_8B, method, SHORT), { depth: 'fast' })
      expect(result.ok, `${kind} ${JSON.stringify(method)}`).toBe(true)
      return result.ok ? result.value.allocated : NaN
    }
    const plain = total(defaultMethod(kind))
    for (const type of QUANTIZATION_TYPES.filter((format) => takesFormat(kind, format))) expect(total(over(kind, type)), type).toBeLessThan(plain)
  })
})

describe('what an estimate takes for granted about weight formats', () => {
  it.each<[Method, string[]]>([
    [format('nf4'), []],
    [format('int8'), ['format-read', 'format-outliers']],
    [format('gptq'), ['format-read']],
    [format('fp8'), ['format-not-trained']],
    [format('mxfp4'), ['format-not-trained']],
    [over('prompt', 'int8'), ['format-read', 'format-outliers']],
    [over('vera', 'mxfp4'), ['format-not-trained']],
    [over('ia3', 'nf4'), ['ia3-in-fp32']],
    [{ ...over('ia3', 'nf4'), adapterType: 'bf16' } as Method, []],
    [lora({ variant: 'pissa' }), ['pissa-start']]
  ])('is said', (method, expected) => {
    expect(assumptionsOf(method).filter((code) => code.startsWith('format-') || code.startsWith('pissa') || code.startsWith('ia3'))).toEqual(expected)
  })
  it('widens the interval where it is open', () => {
    const high = (m: Method): number => {
      const result = estimate(planOf(LLAMA_3_8B, m), { depth: 'fast' })
      return result.ok ? result.value.reserved.high / result.value.reserved.expected : 0
    }
    expect(high(format('fp8'))).toBeGreaterThan(high(format('nf4')))
  })
})
