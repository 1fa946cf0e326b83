import { describe, expect, it } from 'vitest'
import { defaultPlan, type Plan } from '../../plan/index.ts'
import { dimension, shape, Tape, Tensor } from '../tape/index.ts'
import { estimate } from '../index.ts'
import type { AttentionGeometry } from './attention.ts'
import { flash2Workspace, flash3Workspace } from './flashWorkspace.ts'

const geometry = (sequence: number, headDim: number): AttentionGeometry => {
  const [batch, s, heads, kvHeads, d] = [dimension('b', 2), dimension('s', sequence), dimension('nh', 32), dimension('nkv', 8), dimension('d', headDim)]
  return { batch, sequence: s, heads, kvHeads, headDim: d, query: shape(batch, heads, s, d), scores: shape(batch, heads, s, s), bias: null, mask: null }
}

const bytesOf = (workspace: typeof flash2Workspace, at: AttentionGeometry, grouped: boolean): Record<string, number> => {
  const tape = new Tape({ log: false })
  const tensor = (heads: AttentionGeometry['heads']): Tensor => {
    const extent = shape(at.batch, heads, at.sequence, at.headDim)
    return new Tensor(tape.allocate(extent, 2, 'input', 'activations'), extent, 2, true, null)
  }
  return Object.fromEntries(workspace(tensor(at.heads), tensor(grouped ? at.kvHeads : at.heads), at).map(([extent, size, role]) => [role, extent.elements * size]))
}

describe('workspace of the backward pass', () => {
  it('FlashAttention 2 rounds rows to 128 and expands dk and dv to all heads', () => {
    expect(bytesOf(flash2Workspace, geometry(1000, 128), true)).toEqual({
      'softmax_d': 2 * 32 * 1024 * 4,
      'dq accumulator': 2 * 1024 * 32 * 128 * 4,
      'expanded dk': 2 * 32 * 1000 * 128 * 2,
      'expanded dv': 2 * 32 * 1000 * 128 * 2
    })
  })

  it('FlashAttention 3 accumulates dk and dv in fp32 for the heads of K', () => {
    expect(bytesOf(flash3Workspace, geometry(1000, 128), true)).toEqual({
      'softmax_d': 2 * 32 * 1024 * 4,
      'log-sum-exp in base 2': 2 * 32 * 1024 * 4,
      'dq accumulator': 2 * 32 * 1024 * 128 * 4,
      'dk accumulator': 2 * 8 * 1024 * 128 * 4,
      'dv accumulator': 2 * 8 * 1024 * 128 * 4,
      'dq semaphore': 16 * 2 * 32 * 4
    })
  })

  it('FlashAttention 3 pads odd widths, and needs no accumulators for dk and dv where every head has its own', () => {
    const workspace = bytesOf(flash3Workspace, geometry(130, 80), false)
    expect(workspace['dq accumulator']).toBe(2 * 32 * 192 * 96 * 4)
    expect(workspace).not.toHaveProperty('dk accumulator')
  })
})

describe('the kernel of a plan', () => {
  const of = (attention: Plan['runtime']['attention']) => {
    const plan = defaultPlan('meta-llama/Llama-3.1-8B')
    const result = estimate({ ...plan, runtime: { ...plan.runtime, attention } }, { depth: 'fast' })
    if (!result.ok) throw new Error(JSON.stringify(result.problems))
    return result.value
  }

  it('cuDNN is planned as flash, with a wider interval and the reason', () => {
    const [flash, cudnn] = [of('flash'), of('cudnn')]
    expect(cudnn.total.expected).toBe(flash.total.expected)
    expect(cudnn.total.high - flash.total.high).toBe(4 * 2048 * 32 * 128)
    expect(cudnn.assumptions.map(({ code }) => code)).toContain('cudnn-workspace')
  })

  it('FlashAttention 3 says that it was read, not traced', () => {
    expect(of('flash-3').assumptions.map(({ code }) => code)).toContain('flash-3-read')
  })
})
