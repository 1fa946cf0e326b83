import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { gib, mib } from '../units/index.ts'
import { capacityBasis, capacityOf, USUAL_CUDA_SHARE } from './capacity.ts'
import { featuresOf } from './features.ts'
import { CatalogGpuSchema, GpuRecordSchema } from './fixtures/schema.ts'
import type { CatalogGpu, GpuRecord } from './gpu.ts'
import { gpuRecords, gpuSourceLegend } from './gpuRecords.ts'
import { gpus } from './gpus.ts'

const gpu = (id: string): CatalogGpu => gpus.find((candidate) => candidate.id === id)!

describe('the GPU data', () => {
  test('has 280 entries of the declared shape, each under its own id and name', () => {
    const parsed: readonly CatalogGpu[] = v.parse(v.array(CatalogGpuSchema), gpus)
    expect(parsed).toHaveLength(280)
    expect(new Set(gpus.map(({ id }) => id)).size).toBe(280)
    expect(new Set(gpus.map(({ name }) => name)).size).toBe(280)
  })

  test('names sources that its legend explains', () => {
    const parsed: Readonly<Record<string, GpuRecord>> = v.parse(v.record(v.string(), GpuRecordSchema), gpuRecords)
    expect(Object.keys(parsed).toSorted()).toEqual(gpus.map(({ id }) => id).toSorted())
    for (const [id, { sources }] of Object.entries(parsed)) {
      for (const source of sources) expect(gpuSourceLegend[source], `${id}: ${source}`).toBeDefined()
    }
  })

  test('reports a total near the size on the box', () => {
    for (const { id, memory: { reportedBytes, nominalBytes } } of gpus) {
      if (reportedBytes === null || nominalBytes === null) continue
      expect(reportedBytes / nominalBytes, id).toBeGreaterThan(0.93)
      expect(reportedBytes / nominalBytes, id).toBeLessThanOrEqual(1)
    }
  })
})

describe('capacityOf', () => {
  test.each([
    ['rtx-4090', mib(24210)],
    ['l40s', mib(45589)],
    ['h100-sxm-80gb', mib(81106)]
  ])('%s: what CUDA showed of a real one', (id, bytes) => {
    expect(capacityOf(gpu(id))).toBe(bytes)
    expect(capacityBasis(gpu(id))).toBe('reported')
  })

  test('less what the driver was seen to keep, else NVIDIA’s usual share, else all', () => {
    expect(capacityOf(gpu('t4'))).toBe(Math.min(...gpu('t4').memory.sizesSeen.flatMap((size) => (size.reservedBytes ?? []).map((reserved) => mib(15360) - reserved))))
    expect(gpu('b200').memory.sizesSeen.every((size) => !size.reservedBytes)).toBe(true)
    expect(capacityOf(gpu('b200'))).toBe(Math.floor(mib(183359) * USUAL_CUDA_SHARE))
    expect(capacityOf(gpu('ascend-910c'))).toBe(mib(65536))
  })

  test('CUDA shows a process between 97 and 99.6 % of the total, the usual share in the middle', () => {
    const shares = gpus.flatMap(({ memory: { cudaBytes, reportedBytes } }) => cudaBytes !== null && reportedBytes !== null ? [cudaBytes / reportedBytes] : [])
    expect(shares).toHaveLength(20)
    expect(Math.min(...shares)).toBeGreaterThan(0.97)
    expect(Math.max(...shares)).toBeLessThan(0.996)
    expect(shares.reduce((sum, share) => sum + share, 0) / shares.length).toBeCloseTo(USUAL_CUDA_SHARE, 2)
  })

  test.each([['rtx-3090-ti', gib(24)], ['v100-sxm2-32gb', gib(32)], ['mi250x', gib(64)]])('%s: the nominal size, said so', (id, bytes) => {
    expect(capacityOf(gpu(id))).toBe(bytes)
    expect(capacityBasis(gpu(id))).toBe('nominal')
  })

  test.each(['max-1100', 'h100-sxm-96gb', 'apple-m4-max', 'strix-halo-395'])('%s: unknown, whatever is recalled', (id) => {
    expect(capacityOf(gpu(id))).toBeNull()
    expect(capacityBasis(gpu(id))).toBeNull()
  })

  test('never rests on a recalled figure', () => {
    for (const card of gpus) {
      const { recalled: _, ...checked } = card
      expect(capacityOf(checked)).toBe(capacityOf(card))
    }
  })
})

test.each([
  ['t4', { bf16: false, fp8: false, flashAttention2: false, flashAttention3: false }],
  ['a100-sxm4-80gb', { bf16: true, fp8: false, flashAttention2: true, flashAttention3: false }],
  ['rtx-4090', { bf16: true, fp8: true, flashAttention2: true, flashAttention3: false }],
  ['b200', { bf16: true, fp8: true, flashAttention2: null, flashAttention3: null }],
  ['ascend-910b1', { bf16: null, fp8: null, flashAttention2: null, flashAttention3: null }]
])('features of %s', (id, features) => expect(featuresOf(gpu(id))).toEqual(features))
