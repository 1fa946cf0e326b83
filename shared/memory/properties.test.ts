import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parsePlanText, serializePlan, type CustomArchitecture, type Method, type Plan } from '../plan/index.ts'
import { lora, planOf, qlora } from './fixtures/plans.ts'
import { estimate, type Estimate } from './index.ts'

const LINEAR_LAYERS = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj']

const architecture = fc.record({
  heads: fc.constantFrom(2, 4, 6, 8),
  groups: fc.constantFrom(1, 2),
  headDim: fc.constantFrom(16, 32, 64, 80),
  hiddenSize: fc.constantFrom(96, 128, 200, 256),
  intermediateSize: fc.constantFrom(160, 344, 512),
  layers: fc.integer({ min: 1, max: 12 }),
  vocabSize: fc.integer({ min: 100, max: 3000 }),
  tiedEmbeddings: fc.boolean(),
  attentionBias: fc.constantFrom('none' as const, 'qkv' as const, 'all' as const),
  qkNorm: fc.constantFrom(null, 'head' as const)
}).map(({ groups, ...a }): CustomArchitecture => ({ ...a, name: 'random', kvHeads: a.heads / groups }))

const adapter = fc.record({
  rank: fc.integer({ min: 1, max: 32 }),
  dropout: fc.constantFrom(0, 0.05),
  adapterType: fc.constantFrom('fp32' as const, 'bf16' as const),
  targets: fc.oneof(fc.constant('all-linear' as const), fc.subarray([...LINEAR_LAYERS], { minLength: 1 }))
})
const method: fc.Arbitrary<Method> = fc.oneof(
  fc.constant<Method>({ kind: 'full' }),
  adapter.map((a) => lora(a)),
  fc.record({ adapter, doubleQuantization: fc.boolean(), upcastUnquantized: fc.boolean() })
    .map((q) => qlora({ ...q.adapter, upcastUnquantized: q.upcastUnquantized, quantization: { type: 'nf4', doubleQuantization: q.doubleQuantization } }))
)

const plan: fc.Arbitrary<Plan> = fc.record({
  architecture,
  method,
  weights: fc.constantFrom('bf16' as const, 'fp32' as const),
  autocast: fc.constantFrom('none' as const, 'bf16' as const),
  outputsToFp32: fc.boolean(),
  implementation: fc.constantFrom('fused' as const, 'foreach' as const, 'loop' as const),
  data: fc.record({
    sequenceLength: fc.integer({ min: 1, max: 300 }),
    microBatch: fc.integer({ min: 1, max: 4 }),
    gradientAccumulation: fc.integer({ min: 1, max: 3 }),
    padding: fc.boolean()
  }),
  attention: fc.constantFrom('flash' as const, 'flash-repeated-kv' as const, 'efficient' as const, 'eager' as const),
  checkpointing: fc.constantFrom('none' as const, 'non-reentrant' as const, 'reentrant' as const),
  loss: fc.constantFrom('hugging-face' as const, 'hugging-face-shift' as const, 'liger-fused-linear' as const),
  fusedKernels: fc.subarray(['rms-norm' as const, 'rope' as const, 'swiglu' as const])
}).map((r) => {
  const wide = r.autocast === 'none' && (r.weights === 'fp32' || (r.method.kind === 'qlora' && r.method.upcastUnquantized))
  return planOf(r.architecture, r.method, {
    precision: { weights: r.weights, autocast: r.autocast, outputsToFp32: r.outputsToFp32 },
    optimizer: { kind: 'adamw', implementation: r.implementation },
    data: r.data,
    runtime: {
      attention: wide && r.attention.startsWith('flash') ? 'efficient' : r.attention,
      checkpointing: r.checkpointing,
      loss: r.loss,
      fusedKernels: r.fusedKernels
    }
  })
})

function estimateOf (p: Plan, depth: 'fast' | 'full'): Estimate {
  const result = estimate(p, { depth })
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.value
}

const allocated = (p: Plan): number => estimateOf(p, 'fast').allocated

describe('over random plans', () => {
  it('the fast path equals the full tape to the byte in every phase', () => {
    fc.assert(fc.property(plan, (p) => {
      const fast = estimateOf(p, 'fast')
      const full = estimateOf(p, 'full')
      expect(fast.phases).toEqual(full.phases)
      expect(fast.parts).toEqual(full.parts)
      expect(fast.parameters).toEqual(full.parameters)
    }), { numRuns: 300 })
  })

  it('parts and categories add up, and memory ends where it began', () => {
    fc.assert(fc.property(plan, (p) => {
      const e = estimateOf(p, 'full')
      const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)
      expect(sum(Object.values(e.breakdown))).toBe(e.total.expected)
      expect(sum(e.parts.map((part) => part.bytes))).toBe(e.phases[e.peakPhase]!.peak)
      const [first, second] = e.phases.filter((phase) => phase.kind === 'optimizer')
      expect(second!.liveAfter).toBe(first!.liveAfter)
    }), { numRuns: 100 })
  })

  it('never takes less for a longer sequence, a larger batch or a higher rank', () => {
    fc.assert(fc.property(plan, fc.integer({ min: 1, max: 64 }), (p, more) => {
      const before = allocated(p)
      expect(allocated({ ...p, data: { ...p.data, microBatch: p.data.microBatch + 1 } })).toBeGreaterThanOrEqual(before)
      expect(allocated({ ...p, data: { ...p.data, sequenceLength: p.data.sequenceLength + more } })).toBeGreaterThanOrEqual(before)
      if (p.method.kind !== 'full') expect(allocated({ ...p, method: { ...p.method, rank: p.method.rank + more } })).toBeGreaterThanOrEqual(before)
    }), { numRuns: 150 })
  })

  it('a plan survives being written and read', () => {
    fc.assert(fc.property(plan, (p) => {
      expect(parsePlanText(serializePlan(p))).toEqual({ ok: true, value: p })
    }))
  })
})
