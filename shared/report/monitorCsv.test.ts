import { describe, expect, it } from 'vitest'
import { monitorCsv } from './monitorCsv.ts'

const card = (key: string, index: number, name: string) => ({ key, index, name })
const sample = (at: string, key: string, used: number | null) => ({
  at, devices: [{ key, usedBytes: used, freeBytes: null, totalBytes: 24, utilization: 0.5, temperatureC: 61, powerWatts: 250.5 }]
})

describe('readings as CSV', () => {
  it('are a row per reading and device, unknown figures empty', () => {
    expect(monitorCsv([sample('2026-11-24T10:00:00.000Z', 'GPU-1', 12), sample('2026-11-24T10:00:01.000Z', 'GPU-1', null)], [card('GPU-1', 3, 'NVIDIA L4')])).toBe(
      `at,index,device,name,used_bytes,free_bytes,total_bytes,utilization,temperature_c,power_w
2026-11-24T10:00:00.000Z,3,GPU-1,NVIDIA L4,12,,24,0.5,61,250.5
2026-11-24T10:00:01.000Z,3,GPU-1,NVIDIA L4,,,24,0.5,61,250.5
`)
  })

  it('name the slice of a divided card, and the device alone when it is not known', () => {
    const rows = monitorCsv([sample('t', 'GPU-1/mig-2', 1), sample('t', 'GPU-9', 1)], [card('GPU-1', 0, 'A100')]).split('\n')
    expect(rows[1]).toBe('t,0,GPU-1/mig-2,A100 mig-2,1,,24,0.5,61,250.5')
    expect(rows[2]).toBe('t,,GPU-9,,1,,24,0.5,61,250.5')
  })

  it('are text to a spreadsheet, whatever a device calls itself', () => {
    expect(monitorCsv([sample('t', '=1+1', 1)], [card('=1+1', 0, '@a,"b"\nc')])).toContain(`t,0,'=1+1,"'@a,""b""\nc",1,`)
  })
})
