import { describe, expect, it } from 'vitest'
import { defaultPlan, type Plan } from '../plan/index.ts'
import { estimate } from './index.ts'

const MODELS = [
  'state-spaces/mamba-130m-hf', 'tiiuae/falcon-mamba-7b', 'ibm-granite/granite-4.0-h-micro', 'nvidia/NVIDIA-Nemotron-Nano-9B-v2', 'tiiuae/Falcon-H1-0.5B-Base',
  'ai21labs/Jamba-v0.1', 'Qwen/Qwen3.5-4B', 'Qwen/Qwen3-Next-80B-A3B-Instruct', 'moonshotai/Kimi-Linear-48B-A3B-Instruct'
]

function estimated (id: string, runtime: Partial<Plan['runtime']>) {
  const plan = defaultPlan(id)
  const result = estimate({ ...plan, method: { kind: 'full' }, runtime: { ...plan.runtime, checkpointing: 'none', ...runtime } }, { depth: 'fast' })
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.value
}

describe('mixers with and without their kernels', () => {
  it.each(MODELS)('%s takes less with them, and the interval without them reaches down to that', (id) => {
    const [torch, kernels] = [estimated(id, {}), estimated(id, { mixerKernels: true })]
    expect(kernels.allocated).toBeLessThan(torch.allocated)
    expect(torch.reserved.low).toBe(kernels.allocated)
    expect(torch.assumptions.map(({ code }) => code)).toContain('mixer-kernels-absent')
    expect(kernels.assumptions.map(({ code }) => code)).toContain('mixer-kernels')
  })
  it('says nothing about kernels where no layer could use them', () => {
    expect(estimated('ibm-granite/granite-4.0-350m', {}).assumptions.filter(({ code }) => code.startsWith('mixer'))).toEqual([])
  })
})
