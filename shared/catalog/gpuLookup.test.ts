import { describe, expect, test } from 'vitest'
import { findGpu } from './gpuLookup.ts'
import { gpus } from './gpus.ts'
import { searchGpus } from './gpuSearch.ts'

describe('findGpu', () => {
  test('finds every card by id and by name', () => {
    for (const gpu of gpus) {
      expect(findGpu(gpu.id)).toBe(gpu)
      expect(findGpu(gpu.name.toUpperCase())).toBe(gpu)
    }
  })

  test.each([
    ['RTX 4090', 'rtx-4090'], ['4090', 'rtx-4090'], ['rtx4090', 'rtx-4090'], ['4090 24GB', 'rtx-4090'], ['4090 48gb', 'rtx-4090-48gb-mod'],
    ['RTX4090D', 'rtx-4090-d'], ['4090 laptop', 'rtx-4090-laptop'], ['NVIDIA GeForce RTX 3090', 'rtx-3090'], ['2080ti', 'rtx-2080-ti'],
    ['A100-80GB', 'a100-sxm4-80gb'], ['a100 80gb', 'a100-sxm4-80gb'], ['A100 40 GB', 'a100-sxm4-40gb'], ['a100 pcie 80g', 'a100-pcie-80gb'],
    ['NVIDIA A100 80GB PCIe', 'a100-pcie-80gb'], ['H100', 'h100-sxm-80gb'], ['NVIDIA H100 80GB HBM3', 'h100-sxm-80gb'], ['H100 NVL', 'h100-nvl'],
    ['H200', 'h200-sxm-141gb'], ['B200', 'b200'], ['L40S', 'l40s'], ['L4', 'l4'], ['A10', 'a10'], ['T4', 't4'], ['A6000', 'rtx-a6000'],
    ['6000 Ada', 'rtx-6000-ada'], ['RTX PRO 6000', 'rtx-pro-6000-bw-ws'], ['rtx 3080 10gb', 'rtx-3080-10gb'], ['4060 Ti 16GB', 'rtx-4060-ti-16gb'],
    ['MI300X', 'mi300x'], ['7900xtx', 'rx-7900-xtx'], ['M4 Max', 'apple-m4-max'], ['910B3', 'ascend-910b3'], ['Gaudi 2', 'gaudi-2']
  ])('%s is %s', (typed, id) => expect(findGpu(typed)?.id).toBe(id))

  test.each(['', '   ', 'NVIDIA', 'A100', '3080', '4060 Ti', 'V100', 'RTX 6000', 'GH200', '9090', 'A100 90GB', '4090 4080'])('%s could be several or none', (typed) => {
    expect(findGpu(typed)).toBeNull()
  })
})

describe('searchGpus', () => {
  test('lists all without a query, and keeps to the limit', () => {
    expect(searchGpus('')).toEqual(gpus)
    expect(searchGpus('', 3)).toHaveLength(3)
  })

  test.each([
    ['4090', 'rtx-4090'], ['a100', 'a100-sxm4-80gb'], ['h100', 'h100-sxm-80gb'], ['l4', 'l4'], ['geforc 5090', 'rtx-5090'], ['ｈ２００', 'h200-sxm-141gb']
  ])('%s: %s first', (query, id) => expect(searchGpus(query, 1)[0]?.id).toBe(id))
})
