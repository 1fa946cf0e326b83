import { describe, expect, it } from 'vitest'
import { LLAMA_3_8B, lora, planOf } from '../fixtures/plans.ts'
import { estimate, type Estimate } from '../index.ts'
import type { Plan } from '../../plan/index.ts'

const TOKENS = 2 * 4096
const INPUT = TOKENS * LLAMA_3_8B.hiddenSize * 2

function estimateOf (runtime: Partial<Plan['runtime']>): Estimate {
  const result = estimate(planOf(LLAMA_3_8B, lora(), { data: { microBatch: 2, sequenceLength: 4096 }, runtime: { loss: 'liger-fused-linear', ...runtime } }), { depth: 'fast' })
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.value
}
const checkpointsAtBackward = (e: Estimate): number => e.phases.findLast((phase) => phase.kind === 'backward')!.breakdown.checkpoints ?? 0

describe('selective checkpointing', () => {
  it('lies between checkpointing of everything and of nothing, the more is kept the higher', () => {
    const plain = estimateOf({ checkpointing: 'non-reentrant' }).allocated
    const kept = (['attention', 'every-second-matmul', 'attention-and-matmuls'] as const).map((checkpointSaves) => estimateOf({ checkpointing: 'non-reentrant', checkpointSaves }).allocated)
    const ascending = [plain, ...kept, estimateOf({ checkpointing: 'none' }).allocated]
    expect(ascending).toEqual(ascending.toSorted((a, b) => a - b))
    expect(new Set(ascending).size).toBe(5)
  })
})

it.each([2, 4, 7, 9])('one block of %i: the fast path equals the full tape', (checkpointEvery) => {
  const plan = planOf({ ...LLAMA_3_8B, layers: 30 }, lora(), { data: { sequenceLength: 64 }, runtime: { checkpointing: 'non-reentrant', checkpointEvery } })
  const [fast, full] = [estimate(plan, { depth: 'fast' }), estimate(plan, { depth: 'every-block' })]
  expect(fast.ok && fast.value.phases).toEqual(full.ok && full.value.phases)
})

describe('where checkpoints are', () => {
  it('on the GPU: one input per block', () => {
    expect(checkpointsAtBackward(estimateOf({ checkpointing: 'reentrant' }))).toBe(32 * INPUT)
  })
  it('every second block: half of them, and the others keep their activations', () => {
    const half = estimateOf({ checkpointing: 'reentrant', checkpointEvery: 2 })
    expect(checkpointsAtBackward(half)).toBe(16 * INPUT)
    expect(half.allocated).toBeGreaterThan(estimateOf({ checkpointing: 'reentrant' }).allocated)
    expect(half.allocated).toBeLessThan(estimateOf({ checkpointing: 'none' }).allocated)
  })
  it('in host memory: none; the one that comes back is needed only until the block has been run again', () => {
    expect(checkpointsAtBackward(estimateOf({ checkpointing: 'non-reentrant', checkpointOffload: 'host' }))).toBe(0)
  })
  it('Unsloth: two staging buffers and the last block’s input', () => {
    expect(checkpointsAtBackward(estimateOf({ checkpointing: 'reentrant', checkpointOffload: 'unsloth' }))).toBe(3 * INPUT)
  })
})

it.each([
  [{ checkpointing: 'none', checkpointEvery: 2 }, 'runtime.checkpointEvery'],
  [{ checkpointing: 'none', checkpointOffload: 'host' }, 'runtime.checkpointOffload'],
  [{ checkpointing: 'none', checkpointSaves: 'attention' }, 'runtime.checkpointSaves'],
  [{ checkpointing: 'reentrant', checkpointSaves: 'attention' }, 'runtime.checkpointing'],
  [{ checkpointing: 'non-reentrant', checkpointOffload: 'unsloth' }, 'runtime.checkpointing']
] as const)('names the field of a setting that cannot be meant: %o', (runtime, path) => {
  const result = estimate(planOf(LLAMA_3_8B, lora(), { runtime }))
  expect(result.ok ? [] : result.problems.map((p) => p.path)).toEqual([path])
})
