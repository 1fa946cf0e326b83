import { describe, expect, it } from 'vitest'
import { gib } from '../units/index.ts'
import { gpusOfPciId, matchGpuByPciId } from './gpuPciMatch.ts'
import { gpus } from './gpus.ts'

describe('matchGpuByPciId', () => {
  it('finds a card whose id is its own', () => {
    expect(matchGpuByPciId({ vendor: 'intel', deviceId: 'E20B' })?.id).toBe('arc-b580')
    expect(matchGpuByPciId({ vendor: 'amd', deviceId: '740f' })?.id).toBe('mi210')
  })

  it('tells cards of one id apart by memory, then by name', () => {
    expect(matchGpuByPciId({ vendor: 'amd', deviceId: '744c' })).toBeNull()
    expect(matchGpuByPciId({ vendor: 'amd', deviceId: '744c', totalBytes: 21458059264 })?.id).toBe('rx-7900-xt')
    expect(matchGpuByPciId({ vendor: 'amd', deviceId: '7550', totalBytes: gib(16) })).toBeNull()
    expect(matchGpuByPciId({ vendor: 'amd', deviceId: '7550', totalBytes: gib(16), name: 'Radeon RX 9070' })?.id).toBe('rx-9070')
  })

  it('finds nothing for another maker, an unknown id or memory that no such card has', () => {
    expect(matchGpuByPciId({ vendor: 'intel', deviceId: '740f' })).toBeNull()
    expect(matchGpuByPciId({ vendor: 'amd', deviceId: 'ffff' })).toBeNull()
    expect(matchGpuByPciId({ vendor: 'amd', deviceId: null, name: 'AMD Instinct MI210' })).toBeNull()
    expect(matchGpuByPciId({ vendor: 'amd', deviceId: '740f', totalBytes: gib(16) })).toBeNull()
  })

  it('finds every card of the catalog among those of its ids', () => {
    for (const gpu of gpus) {
      for (const deviceId of gpu.pciDeviceIds ?? []) expect(gpusOfPciId({ vendor: gpu.vendor, deviceId })).toContain(gpu)
    }
  })
})
