import { describe, expect, test } from 'vitest'
import { judge, type TargetDevice } from '#shared/fit/index.ts'
import { estimate, type Part } from '#shared/memory/index.ts'
import { ALGORITHMS, defaultMethod, LOSS_PATHS, OPTIMIZER_KINDS, QUANTIZATION_TYPES, withAlgorithm, type Plan } from '#shared/plan/index.ts'
import { bytes, gib } from '#shared/units/index.ts'
import { i18n, type Translate } from '../../i18n/index.ts'
import { EXAMPLES } from '../../stores/examples.ts'
import { decisive } from '../../stores/judgeEach.ts'
import { breakdownGroups, momentOf, split } from './breakdownRows.ts'
import { calculation, formula, isRounded } from './formula.ts'
import { symbolKey } from './symbols.ts'
import { whyAlive } from './whyAlive.ts'
import { verdictSentence } from './verdictSentence.ts'
import { shortName } from '../../composables/shortName.ts'

const result = estimate(EXAMPLES['lora-checkpointing'])
if (!result.ok) throw new Error('the example has no estimate')
const example = result.value
const t: Translate = (key, values) => i18n.global.t(key, values ?? {})

const card = (name: string, size: number): TargetDevice =>
  ({ id: name, name, capacity: gib(size), free: gib(size), origin: 'catalog', computeCapability: null })
const verdictOn = (...devices: TargetDevice[]) => judge(example, { devices, reserve: 0.3 })!

const part = (changes: Partial<Part>): Part => ({
  owner: 'policy',
  category: 'activations',
  module: 'gate_proj',
  tensor: 'output',
  shape: [{ symbol: 'b', size: 4 }, { symbol: 's', size: 2048 }, { symbol: 'f', size: 14336 }],
  dtype: 'bf16',
  bytesPerElement: 2,
  count: 32,
  bytes: bytes(0),
  source: '',
  ...changes
})

describe('a formula', () => {
  test('names count, shape and element size', () => {
    expect(formula(part({}))).toBe('32 × [b 4 · s 2048 · f 14336] × 2 B')
  })

  test('leaves out what is one, and shows a scalar as its bytes', () => {
    expect(formula(part({ count: 1, shape: [{ symbol: 'V', size: 32000 }] }))).toBe('[V 32000] × 2 B')
    expect(formula(part({ count: 1, shape: [], bytesPerElement: 4 }))).toBe('1 × 4 B')
  })
})

describe('an explanation', () => {
  test('calculates with the values, and says when rounding adds to it', () => {
    expect(calculation(part({}), 'en')).toBe('32 × (4 × 2,048 × 14,336) × 2 B = 7,516,192,768 B')
    expect(calculation(part({ count: 1, shape: [], bytesPerElement: 4 }), 'en')).toBe('4 B = 4 B')
    expect(isRounded(part({ bytes: bytes(7_516_192_768) }))).toBe(false)
    expect(isRounded(part({ count: 1, shape: [], bytesPerElement: 4, bytes: bytes(512) }))).toBe(true)
  })

  const plans = [
    ...Object.values(EXAMPLES),
    ...ALGORITHMS.map((algorithm) => withAlgorithm(EXAMPLES['lora-checkpointing'], algorithm)),
    ...(['freeze', 'vera', 'ia3', 'oft', 'prefix', 'prompt', 'p-tuning'] as const).map((kind) => ({ ...EXAMPLES.lora, method: defaultMethod(kind) })),
    ...['Qwen/Qwen3-30B-A3B', 'deepseek-ai/DeepSeek-V3', 'openai-community/gpt2', 'google/gemma-2-2b'].map((id) => ({ ...EXAMPLES.full, model: { id } })),
    ...QUANTIZATION_TYPES.map((type) => ({ ...EXAMPLES.qlora, method: { ...defaultMethod('qlora') as Extract<Plan['method'], { kind: 'qlora' }>, quantization: { type, doubleQuantization: false } } })),
    ...LOSS_PATHS.map((loss) => ({ ...EXAMPLES.lora, runtime: { ...EXAMPLES.lora.runtime, loss } })),
    ...OPTIMIZER_KINDS.map((kind) => ({ ...EXAMPLES.full, optimizer: { kind, implementation: 'fused' as const } }))
  ]

  test('has words for every symbol and a reason for every buffer that these plans make', () => {
    const wordless = new Set<string>()
    for (const plan of plans) {
      const made = estimate(plan, { depth: 'fast' })
      if (!made.ok) throw new Error(JSON.stringify(made.problems))
      made.value.phases.forEach((_, i) => {
        for (const one of made.value.partsOf(i)) {
          expect(t(whyAlive(one))).not.toBe(whyAlive(one))
          for (const { symbol } of one.shape) if (symbol !== '' && !/^[\d·]+$/.test(symbol) && symbolKey(symbol) === null) wordless.add(`${symbol} of ${one.module} ${one.tensor}`)
        }
      })
    }
    expect([...wordless]).toEqual([])
  })
})

describe('the breakdown', () => {
  test('adds up to the total of the highest peak, and to the live tensors of every other', () => {
    example.phases.forEach((phase, i) => {
      const moment = momentOf(example, i)
      expect(moment.total).toBe(i === example.peakPhase ? example.total.expected : phase.peak)
      expect(breakdownGroups(moment).reduce((sum, group) => sum + group.bytes, 0)).toBe(moment.total)
    })
  })

  test('groups made of tensors are the sum of their parts, in every phase', () => {
    example.phases.forEach((_, i) => {
      for (const group of breakdownGroups(momentOf(example, i))) {
        if (group.parts.length > 0) expect(group.parts.reduce((sum, { bytes: b }) => sum + b, 0), group.category).toBe(group.bytes)
      }
    })
  })

  test('folds small parts together, never a single one', () => {
    const parts = Array.from({ length: 9 }, (_, i) => part({ bytes: bytes(9 - i) }))
    expect(split(parts).rest).toEqual([])
    expect(split([...parts, part({ bytes: bytes(1) })])).toMatchObject({ restBytes: 2, rest: { length: 2 } })
  })
})

describe('the sentence', () => {
  test('is about the smallest card that fits', () => {
    const verdict = verdictOn(card('small', 24), card('large', 141), card('middle', 80))
    expect(decisive(verdict).device.name).toBe('middle')
    expect(verdictSentence(verdict, t, 'en')).toMatch(/^Fits on middle with 47\.\d GiB to spare\.$/)
  })

  test('names the nearest miss when nothing fits', () => {
    const verdict = verdictOn(card('tiny', 16), card('small', 24))
    expect(verdictSentence(verdict, t, 'en')).toMatch(/^Fits on none of 2 GPUs: 8\.\d GiB short on small\.$/)
    expect(verdictSentence(verdictOn(card('small', 24)), t, 'en')).toMatch(/^Does not fit on small: 8\.\d GiB short\.$/)
  })

  test('says why a tight run is tight', () => {
    expect(verdictSentence(verdictOn(card('middle', 44)), t, 'en')).toMatch(/^Tight on middle: 11\.\d GiB to spare, less than the 13\.2 GiB to keep free\.$/)
  })
})

test('short names lose only what all cards of a maker share', () => {
  expect(shortName('NVIDIA GeForce RTX 4090')).toBe('RTX 4090')
  expect(shortName('NVIDIA A100-SXM4-80GB')).toBe('A100-SXM4-80GB')
  expect(shortName('Apple M3 Max')).toBe('Apple M3 Max')
})
