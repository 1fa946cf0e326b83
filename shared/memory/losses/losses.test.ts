import { describe, expect, it } from 'vitest'
import { LLAMA_3_8B, lora, planOf } from '../fixtures/plans.ts'
import { estimate } from '../index.ts'
import type { Plan } from '../../plan/index.ts'
import { unslothChunks } from './unsloth.ts'

const TOKENS = 4 * 2048
const LOGITS = TOKENS * 128256

function peaks (runtime: Partial<Plan['runtime']>, data: Partial<Plan['data']> = {}): Record<'forward' | 'backward', number> {
  const plan = planOf({ ...LLAMA_3_8B, layers: 2 }, lora(), { data: { microBatch: 4, sequenceLength: 2048, ...data }, runtime: { checkpointing: 'non-reentrant', ...runtime } })
  const result = estimate(plan, { depth: 'fast' })
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  const peak = (kind: string): number => result.value.phases.find((p) => p.kind === kind)!.peak
  return { forward: peak('forward'), backward: peak('backward') }
}

const hf = peaks({ loss: 'hugging-face' })

describe('the loss paths of a frozen head, in bytes per logit', () => {
  it.each([
    ['hugging-face-shift', 4, 0],
    ['hugging-face-in-model', 2, 0],
    ['liger-cross-entropy', -4, -8]
  ] as const)('%s', (loss, forward, backward) => {
    const found = peaks({ loss })
    expect((found.forward - hf.forward) / LOGITS).toBeCloseTo(forward, 1)
    if (backward === 0) expect((found.backward - hf.backward) / LOGITS).toBeCloseTo(backward, 1)
    else expect(found.backward).toBeLessThan(hf.backward)
  })
  it.each(['trl-chunked', 'liger-fused-linear', 'unsloth-fused'] as const)('%s never makes all logits', (loss) => {
    expect(hf.forward - peaks({ loss }).forward).toBeGreaterThan(4 * LOGITS)
  })
  it('TRL computes entropies of 128 rows at a time on a copy of the logits', () => {
    expect(peaks({ loss: 'trl-nll' }).forward).toBeGreaterThanOrEqual(hf.forward)
  })
  it('keeps only the logits asked for', () => {
    expect(hf.forward - peaks({ loss: 'hugging-face', logitsToKeep: 16 }).forward).toBeGreaterThan(9 * LOGITS)
  })
})

describe('masked labels', () => {
  it('shrink the loss of torchtune', () => {
    const all = peaks({ loss: 'torchtune-linear' })
    const half = peaks({ loss: 'torchtune-linear' }, { labelledShare: 0.5 })
    expect((all.forward - half.forward) / LOGITS).toBeCloseTo((4 + 10 / 8) / 2, 0)
  })
  it('do not shrink that of transformers', () => {
    expect(peaks({ loss: 'hugging-face' }, { labelledShare: 0.5 })).toEqual(hf)
  })
})

it('Unsloth takes one chunk or a multiple of four', () => {
  expect(unslothChunks(64, 128256, 0)).toBe(1)
  expect(unslothChunks(TOKENS, 128256, 0)).toBe(4)
  expect(unslothChunks(TOKENS, 128256, 2 * 1024 ** 3)).toBe(8)
})
