import { describe, expect, it } from 'vitest'
import { FP32_AUTOCAST, FULL, LLAMA_3_8B, lora, planOf, qlora, type PlanChanges } from '../fixtures/plans.ts'
import { estimate, HOST_PARTS, hostPartName, type HostEstimate, type HostPartName, type Uncertain } from '../index.ts'
import { resolvePlan } from '../resolve.ts'
import type { Method } from '../../plan/index.ts'
import { hostMemory } from './index.ts'

const P = 8_030_261_248

function hostOf (method: Method, changes: PlanChanges = {}): HostEstimate {
  const result = estimate(planOf(LLAMA_3_8B, method, changes), { depth: 'fast' })
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.value.host!
}
const part = (host: HostEstimate, name: HostPartName): Uncertain | undefined => host.parts.find((p) => p.name === name)?.bytes

describe('memory on the host', () => {
  it('while loading: the whole model unless device_map sends it to the GPU; never for quantized models', () => {
    expect(part(hostOf(FULL, { precision: FP32_AUTOCAST }), 'model')).toEqual({ low: 0, expected: 4 * P, high: 4 * P })
    expect(part(hostOf(lora()), 'model')).toEqual({ low: 0, expected: 2 * P, high: 2 * P })
    expect(part(hostOf(qlora()), 'model')).toBeUndefined()
  })
  it('offloaded checkpoints: one input per block, pinned buffers rounded up to a power of two', () => {
    const data = { microBatch: 3, sequenceLength: 2048 }
    const each = 3 * 2048 * 4096 * 2
    const host = part(hostOf(lora(), { data, runtime: { checkpointing: 'non-reentrant', checkpointOffload: 'host' } }), 'checkpoints')
    expect(host).toEqual({ low: 32 * each, expected: 32 * 2 ** 26, high: 32 * 2 ** 26 })
    expect(part(hostOf(lora(), { data, runtime: { checkpointing: 'non-reentrant', checkpointOffload: 'host', checkpointEvery: 2 } }), 'checkpoints')!.low).toBe(16 * each)
    expect(part(hostOf(lora(), { data, runtime: { checkpointing: 'reentrant', checkpointOffload: 'unsloth' } }), 'checkpoints')!.expected).toBe(32 * 2 ** 26 + 200 * 2 ** 18)
  })
  it('paged states may come to the host, all of them at most', () => {
    const paged = part(hostOf(FULL, { optimizer: { kind: 'paged-adamw-8bit', implementation: 'fused' } }), 'paged-states')!
    expect(paged.expected).toBe(0)
    expect(paged.high / (2 * P)).toBeGreaterThan(0.9)
  })
  it('a full fine-tuning copies a shard when it saves, adapters next to nothing', () => {
    expect(part(hostOf(FULL), 'saving')!.expected).toBe(2 * P + 128_256 * 4096 * 4)
    expect(part(hostOf(lora()), 'saving')!.expected).toBeLessThan(20e6)
  })
  it('workers make batches ahead', () => {
    const resolved = resolvePlan(planOf(LLAMA_3_8B, lora(), { data: { workers: 4 } }))
    if (!resolved.ok) throw new Error(JSON.stringify(resolved.problems))
    const host = hostMemory(resolved.value, { trainable: 1, managed: 0 }, { prefetch: 2 })
    expect(part(host, 'batches')!.expected).toBe(9 * 2048 * 24)
    expect(part(host, 'workers')!.low).toBe(0)
  })
  it('the parts of each stage add up, and intervals contain what is expected', () => {
    for (const method of [FULL, lora(), qlora()]) {
      const host = hostOf(method)
      for (const stage of ['loading', 'training'] as const) {
        for (const bound of ['low', 'expected', 'high'] as const) {
          expect(host.parts.filter((p) => p.stage === stage).reduce((sum, p) => sum + p.bytes[bound], 0)).toBe(host[stage][bound])
        }
        expect(host[stage].low).toBeLessThanOrEqual(host[stage].expected)
        expect(host[stage].expected).toBeLessThanOrEqual(host[stage].high)
      }
    }
  })
  it('every part has a name in both languages', () => {
    for (const name of HOST_PARTS) expect(hostPartName(name, 'zh')).not.toBe(hostPartName(name, 'en'))
  })
})
