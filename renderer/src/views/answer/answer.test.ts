import { describe, expect, test } from 'vitest'
import { judge, type TargetDevice } from '#shared/fit/index.ts'
import { estimate, type Part } from '#shared/memory/index.ts'
import { bytes, gib } from '#shared/units/index.ts'
import { i18n, type Translate } from '../../i18n/index.ts'
import { EXAMPLES } from '../../stores/examples.ts'
import { decisive } from '../../stores/judgeEach.ts'
import { breakdownGroups, split } from './breakdownRows.ts'
import { formula } from './formula.ts'
import { shortName, verdictSentence } from './verdictSentence.ts'

const result = estimate(EXAMPLES['lora-checkpointing'])
if (!result.ok) throw new Error('the example has no estimate')
const example = result.value
const t: Translate = (key, values) => i18n.global.t(key, values ?? {})

const card = (name: string, size: number): TargetDevice =>
  ({ id: name, name, capacity: gib(size), free: gib(size), origin: 'catalog', computeCapability: null })
const verdictOn = (...devices: TargetDevice[]) => judge(example, { devices, reserve: 0.3 })!

const part = (changes: Partial<Part>): Part => ({
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

describe('the breakdown', () => {
  test('adds up to the total', () => {
    expect(breakdownGroups(example).reduce((sum, group) => sum + group.bytes, 0)).toBe(example.total.expected)
  })

  test('groups made of tensors are the sum of their parts', () => {
    for (const group of breakdownGroups(example)) {
      if (group.parts.length > 0) expect(group.parts.reduce((sum, { bytes: b }) => sum + b, 0), group.category).toBe(group.bytes)
    }
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
