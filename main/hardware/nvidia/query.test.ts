import { describe, expect, it } from 'vitest'
import { capture } from '../fixtures/nvidia/captures.ts'
import { noNumber } from './noNumber.ts'
import { absenceOf, memoryOfField, numberOf, readQuery, textOf, unknownField } from './query.ts'

const MIB = 1024 ** 2

describe('noNumber', () => {
  it.each([
    ['', 'unsupported'], ['-', 'unsupported'], ['N/A', 'unsupported'], ['[N/A]', 'unsupported'], [' [Not Supported] ', 'unsupported'], ['Not Found', 'unsupported'],
    ['ERR!', 'error'], ['[ERR!]', 'error'], ['[Unknown Error]', 'error'], ['[GPU is lost]', 'lost'], ['[Insufficient Permissions]', 'permission'],
    ['Requested functionality has been deprecated', 'deprecated'], ['[Requested functionality has been deprecated]', 'deprecated']
  ])('%j means %s', (text, absence) => { expect(noNumber(text)).toBe(absence) })

  it.each(['0', '0 %', '12 MiB', 'Default', 'x'])('%j is a value', (text) => { expect(noNumber(text)).toBeNull() })
})

describe('readQuery', () => {
  it('reads rows without header and units', () => {
    const rows = readQuery(capture('csv/4x-a10.query-gpu.noheader.csv'), ['index', 'name', 'temperature.gpu', 'memory.used', 'memory.total', 'utilization.gpu', 'power.draw'])
    expect(rows.map((row) => [numberOf(row, 'index', ''), textOf(row, 'name'), memoryOfField(row, 'memory.used'), memoryOfField(row, 'memory.total'), numberOf(row, 'power.draw', 'W')])).toEqual([
      [0, 'NVIDIA A10', 19676 * MIB, 23028 * MIB, 58.98], [1, 'NVIDIA A10', 19638 * MIB, 23028 * MIB, 62.35],
      [2, 'NVIDIA A10', 21700 * MIB, 23028 * MIB, 59.57], [3, 'NVIDIA A10', 18222 * MIB, 23028 * MIB, 61.76]
    ])
  })

  it('leaves the memory of cards that share it unknown, with the reason', () => {
    const [gb10] = readQuery(capture('csv/gb10-580.173.query-gpu.csv'))
    expect([memoryOfField(gb10!, 'memory.total'), absenceOf(gb10!, 'memory.total'), numberOf(gb10!, 'power.draw', 'W'), numberOf(gb10!, 'utilization.gpu', '%')]).toEqual([null, 'unsupported', 11.17, 0])
    const [orin] = readQuery(capture('csv/jetson-orin.query-gpu.noheader.csv'), ['index', 'name', 'memory.total', 'memory.used', 'memory.free', 'utilization.gpu', 'temperature.gpu'])
    expect(textOf(orin!, 'name')).toBe('Orin (nvgpu)')
    expect(memoryOfField(orin!, 'memory.total')).toBeNull()
  })

  it('keeps commas in process names, which come last', () => {
    const rows = readQuery('GPU-1, 12, 345, /opt/a, b/c, d\nGPU-1, 13, [N/A], x\n', ['gpu_uuid', 'pid', 'used_gpu_memory', 'process_name'])
    expect(rows.map((row) => [textOf(row, 'process_name'), memoryOfField(row, 'used_gpu_memory')])).toEqual([['/opt/a, b/c, d', 345 * MIB], ['x', null]])
  })

  it('reads the processes of captured machines', () => {
    const rows = readQuery(capture('machines/h100-mig-590-linux/load.compute-apps.csv'))
    expect(rows.length).toBeGreaterThan(0)
    for (const row of rows) expect(numberOf(row, 'pid', '')).toBeGreaterThan(0)
  })

  it('drops rows of another length, and reads nothing from an answer without header', () => {
    expect(readQuery('1, 2\n1, 2, 3\nNo devices were found\n', ['index', 'memory.total'])).toHaveLength(1)
    expect(readQuery('No devices were found\n')).toEqual([])
    expect(readQuery('')).toEqual([])
  })

  it.each([['17179869184', null], ['-5', null], ['24564', 24564 * MIB], ['24564 MiB', 24564 * MIB], ['24564 GiB', null], ['1e9', null], ['ERR!', null]])('memory %s is %s', (text, bytes) => {
    expect(memoryOfField(readQuery(text, ['memory.total'])[0]!, 'memory.total')).toBe(bytes)
  })

  it('names the field that a driver does not know, however the sentence is wrapped', () => {
    expect(unknownField('Field "compute_cap" is not a valid field to query.\n\n')).toBe('compute_cap')
    expect(unknownField('Field "memory.reserved" is not a\r\nvalid field to query.')).toBe('memory.reserved')
    expect(unknownField('8.6')).toBeNull()
  })
})
