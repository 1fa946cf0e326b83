import { describe, expect, it } from 'vitest'
import { GIB, MIB } from '../units/index.ts'
import { MEASURED_A100 } from './fixtures/measured.ts'
import { estimate, type Estimate } from './index.ts'
import type { Plan } from '../plan/index.ts'

function estimateOf (plan: Plan): Estimate {
  const result = estimate(plan)
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.value
}

describe('published A100 runs', () => {
  it.each(MEASURED_A100.filter((run) => !run.approximated))('max_memory_allocated within 0.02 %: $name', ({ plan, allocatedGib }) => {
    expect(Math.abs(estimateOf(plan).allocated / GIB / allocatedGib - 1)).toBeLessThan(0.0002)
  })

  it.each(MEASURED_A100.filter((run) => run.approximated))('never below where fused LoRA kernels are not simulated: $name', ({ plan, allocatedGib }) => {
    const ratio = estimateOf(plan).allocated / GIB / allocatedGib
    expect(ratio).toBeGreaterThan(1)
    expect(ratio).toBeLessThan(1.014)
  })

  it.each(MEASURED_A100)('the interval of the total contains what nvidia-smi showed: $name', ({ plan, nvidiaSmiMib }) => {
    const { total } = estimateOf(plan)
    expect(total.low / MIB).toBeLessThanOrEqual(nvidiaSmiMib)
    expect(total.high / MIB).toBeGreaterThanOrEqual(nvidiaSmiMib)
  })

  it('reproduces the segments of the caching allocator: nvidia-smi less reserved is one constant, the context', () => {
    const contexts = MEASURED_A100.filter((run) => run.name.startsWith('Llama-3-8B LoRA')).map((run) => run.nvidiaSmiMib - estimateOf(run.plan).reserved.expected / MIB)
    expect(contexts).toHaveLength(3)
    for (const context of contexts) expect(Math.abs(context - 523)).toBeLessThanOrEqual(2)
  })
})
