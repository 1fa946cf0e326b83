import { expect, it } from 'vitest'
import { finding } from './finding.ts'

it.each([
  ['GPU-f124aa59-d406-d45b-9481-8fcd694e6c9e failed', 'GPU-… failed'],
  ['MIG-ce2e805f-ce8e-5cf7-8132-176167d87d24', 'MIG-…'],
  ['Serial Number : 1320222043305, bus 00000000:68:00.0', 'Serial Number : …, bus 00000000:68:00.0'],
  ['serial=AB12-3', 'serial=…'],
  ['a\r\n\tb\u001B[31m red\u001B[0m\u0007 c', 'a b red c'],
  ['NVML library version: 570.124', 'NVML library version: 570.124']
])('puts %j on one line, with serial numbers and UUIDs masked', (said, shown) => {
  expect(finding('failed', said).detail).toBe(shown)
})

it('shortens what is long, and has no detail of nothing', () => {
  expect(finding('failed', 'x'.repeat(1000)).detail).toHaveLength(300)
  expect(finding('failed', ' \n ')).toEqual({ code: 'failed', severity: 'error', detail: null, vendor: null, deviceKey: null })
  expect(finding('gpu-asleep', null, { vendor: 'nvidia', deviceKey: 'k' })).toEqual({ code: 'gpu-asleep', severity: 'info', detail: null, vendor: 'nvidia', deviceKey: 'k' })
})
