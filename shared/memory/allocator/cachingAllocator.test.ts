import { describe, expect, it } from 'vitest'
import { MIB } from '../../units/index.ts'
import { CachingAllocator } from './cachingAllocator.ts'

const reservedAfter = (requests: readonly number[], expandableSegments = false): number => {
  const allocator = new CachingAllocator({ expandableSegments })
  for (const request of requests) allocator.malloc(request)
  return allocator.maxReserved / MIB
}

describe('segments', () => {
  it('are 2 MiB for requests up to 1 MiB', () => {
    expect(reservedAfter([1])).toBe(2)
    expect(reservedAfter([MIB, MIB])).toBe(2)
    expect(reservedAfter([MIB, MIB, 1])).toBe(4)
  })
  it('are 20 MiB for requests below 10 MiB', () => {
    expect(reservedAfter([MIB + 1])).toBe(20)
    expect(reservedAfter([9 * MIB, 9 * MIB])).toBe(20)
  })
  it('are multiples of 2 MiB above', () => {
    expect(reservedAfter([10 * MIB])).toBe(10)
    expect(reservedAfter([33 * MIB])).toBe(34)
  })
})

describe('reuse', () => {
  it('takes the smallest free block that is large enough', () => {
    const allocator = new CachingAllocator({ expandableSegments: false })
    const [large, small] = [allocator.malloc(40 * MIB), allocator.malloc(30 * MIB)]
    allocator.free(large)
    allocator.free(small)
    expect(allocator.malloc(29 * MIB)).toBe(small)
  })
  it('keeps a rest of up to 1 MiB with a large block, and splits a larger one off', () => {
    const allocator = new CachingAllocator({ expandableSegments: false })
    allocator.free(allocator.malloc(30 * MIB))
    expect(allocator.sizeOf(allocator.malloc(29 * MIB))).toBe(30 * MIB)
    allocator.free(allocator.malloc(60 * MIB))
    expect(allocator.sizeOf(allocator.malloc(50 * MIB))).toBe(50 * MIB)
    allocator.malloc(10 * MIB)
    expect(allocator.maxReserved / MIB).toBe(90)
  })
  it('merges neighbours when they are freed', () => {
    const allocator = new CachingAllocator({ expandableSegments: false })
    allocator.free(allocator.malloc(60 * MIB))
    const parts = [20, 20, 20].map((n) => allocator.malloc(n * MIB))
    for (const part of [parts[0]!, parts[2]!, parts[1]!]) allocator.free(part)
    allocator.malloc(60 * MIB)
    expect(allocator.maxReserved / MIB).toBe(60)
  })
})

describe('expandable segments', () => {
  it('grow by pages and waste no more than one', () => {
    expect(reservedAfter([33 * MIB], true)).toBe(40)
    expect(reservedAfter([33 * MIB, 33 * MIB], true)).toBe(80)
    expect(reservedAfter([15 * MIB, 15 * MIB, 15 * MIB], true)).toBe(60)
  })
  it('extend a free tail instead of adding a segment', () => {
    const allocator = new CachingAllocator({ expandableSegments: true })
    allocator.malloc(10 * MIB)
    allocator.free(allocator.malloc(10 * MIB))
    allocator.malloc(30 * MIB)
    expect(allocator.maxReserved / MIB).toBe(40)
  })
})
