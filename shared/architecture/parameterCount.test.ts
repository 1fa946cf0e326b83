import { describe, expect, test } from 'vitest'
import type { Architecture } from './architecture.ts'
import { layerRuns } from './layerRuns.ts'
import { parameterCount } from './parameterCount.ts'

/** Sizes of huggyllama/llama-7b's config.json. */
const llama: Architecture = {
  architecture: 'decoder', hiddenSize: 4096, layers: 32, heads: 32, kvHeads: 32, headDim: 128, intermediateSize: 11008, vocabSize: 32000,
  maxPositions: 2048, tiedEmbeddings: false, attentionBias: 'none', mlpBias: false, qkNorm: null, normType: 'rmsnorm', normsPerLayer: 2,
  mlpType: 'swiglu', parallelBlock: false, slidingWindow: null
}

describe('parameterCount', () => {
  test('LLaMA-7B has 6,738,415,616 parameters', () => {
    const count = parameterCount(llama)!
    expect(count.total).toBe(6_738_415_616)
    expect(count.active).toBe(count.total)
    expect(count.parts).toEqual({
      embedding: 131_072_000, lmHead: 131_072_000, positions: 0, attention: 2_147_483_648, linearMixers: 0, mlp: 4_328_521_728, experts: 0,
      norms: 266_240, vision: 0, other: 0
    })
  })

  test('a tied head costs nothing', () => {
    expect(parameterCount({ ...llama, tiedEmbeddings: true })!.total).toBe(6_738_415_616 - 131_072_000)
  })

  test('Mixtral 8x7B: 46,702,792,704, of which 12,879,925,248 act', () => {
    const mixtral: Architecture = {
      ...llama, kvHeads: 8, intermediateSize: 14336,
      moe: { experts: 8, expertsPerToken: 2, intermediateSize: 14336, sharedExperts: null, denseFirst: 0, everyNth: 1, routerBias: false }
    }
    expect(parameterCount(mixtral)).toMatchObject({ total: 46_702_792_704, active: 12_879_925_248 })
  })

  test('a mixer of unknown size leaves the count unknown', () => {
    expect(parameterCount({ ...llama, layerGroups: [{ count: 32, mixer: 'mamba2', ffn: 'mlp' }] })).toBeNull()
  })
})

describe('layerRuns', () => {
  const moe = { experts: 8, expertsPerToken: 2, intermediateSize: 64, sharedExperts: null, routerBias: false }
  const counts = (a: Architecture) => Object.fromEntries(layerRuns(a).map(({ ffn, count }) => [ffn, count]))

  test('dense: one run', () => expect(counts(llama)).toEqual({ mlp: 32 }))
  test('first layers dense', () => expect(counts({ ...llama, moe: { ...moe, denseFirst: 3, everyNth: 1 } })).toEqual({ mlp: 3, moe: 29 }))
  test('every second layer', () => expect(counts({ ...llama, moe: { ...moe, denseFirst: 0, everyNth: 2 } })).toEqual({ mlp: 16, moe: 16 }))
  test('every second layer past the dense ones', () => expect(counts({ ...llama, moe: { ...moe, denseFirst: 3, everyNth: 2 } })).toEqual({ mlp: 17, moe: 15 }))

  test('a group brings its own sizes', () => {
    const [run] = layerRuns({ ...llama, layerGroups: [{ count: 32, mixer: 'attention', ffn: 'mlp', headDim: 256, kEqV: true }] })
    expect(run).toMatchObject({ count: 32, shape: { headDim: 256, kEqV: true, heads: 32 } })
  })
})
