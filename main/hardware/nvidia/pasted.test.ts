import { describe, expect, it } from 'vitest'
import { capture, captures } from '../fixtures/nvidia/captures.ts'
import { readPasted } from './pasted.ts'

const MIB = 1024 ** 2
const codes = (text: string): string[] => readPasted(text).findings.map((found) => found.code)

describe('readPasted', () => {
  it.each([
    ['xml/rtx-3090-v12.xml', 'NVIDIA GeForce RTX 3090', 24576],
    ['gls/RTX5090.q.txt', 'NVIDIA GeForce RTX 5090', 32607],
    ['tables/rtx5090-595.table.txt', 'NVIDIA GeForce RTX 5090', 32607],
    ['machines/h200-590-linux/load.query-gpu.csv', 'NVIDIA H200', 143771]
  ])('takes %s for what it is', (file, name, total) => {
    expect(readPasted(capture(file)).gpus).toMatchObject([{ name, memory: { totalBytes: total * MIB } }])
    expect(codes(capture(file))).toEqual([])
  })

  it('takes names from -L, memory from the table and links from topo -m, pasted together', () => {
    const text = [capture('machines/h200-mig-590-linux/idle.table.txt'), capture('machines/h200-mig-590-linux/list-L.txt')].join('\n$ nvidia-smi -L\n')
    expect(readPasted(text).gpus[0]!.mig!.slices.map((slice) => [slice.profile, slice.memory.totalBytes! / MIB])).toEqual([['3g.71gb', 71424], ['2g.35gb', 33280], ['1g.18gb', 16384], ['1g.18gb', 16384]])
    const cut = `${capture('machines/rtx2080s-595-linux/idle.table.txt')}\n${capture('machines/rtx2080s-595-linux/list-L.txt')}`
    expect(readPasted(cut).gpus[0]!.name).toBe('NVIDIA GeForce RTX 2080 SUPER')
    expect(readPasted(`${capture('gls/H100SXMx8.table.txt')}\n${capture('topo/8x-h100-nv18.topo-m.txt')}`).topology!.links).toHaveLength(28)
  })

  it('reads lists, whose memory stays unknown', () => {
    expect(readPasted(capture('lists/mixed-a10-t4-host.list-L.txt')).gpus.map((gpu) => [gpu.name, gpu.memory.totalBytes])).toEqual([['NVIDIA A10', null], ['NVIDIA A10', null], ['Tesla T4', null], ['Tesla T4', null]])
    expect(codes(capture('lists/4x-a100-first-in-mig.nvidia-smi-L.txt'))).toEqual(['incomplete-device'])
    expect(readPasted(capture('lists/a100-sxm-7x1g.10gb.nvidia-smi-L.txt')).gpus[0]!.mig).toMatchObject({ enabled: true, instances: 7 })
    for (const file of captures('lists/*')) expect(readPasted(capture(file)).gpus.length, file).toBeGreaterThan(0)
  })

  it('says of a card that shares the machine’s memory what it is', () => {
    for (const file of ['tables/gb10-580.95.table.txt', 'tables/jetson-orin-540.3.table.txt', 'tables/jetson-thor-595.table.txt']) expect(codes(capture(file)), file).toEqual(['unified-memory'])
    expect(readPasted(capture('csv/gb10-580.173.query-gpu.csv')).gpus[0]!.memory.totalBytes).toBeNull()
  })

  it('tells of CUDA that is missing, exclusive cards and division that the table does not show', () => {
    expect(codes(capture('tables/wsl-rtx3060-laptop-545-cuda-err.table.txt'))).toEqual(['no-cuda'])
    expect(codes(capture('tables/2x-a100-40gb-bottlerocket-580.table.txt'))).toEqual(['compute-restricted'])
    expect(codes(capture('tables/2x-a100-80-mig-520.table.txt'))).toEqual([])
  })

  it('recognizes a pasted failure', () => {
    for (const file of captures('failures/*')) expect(readPasted(capture(file)).findings, file).toHaveLength(1)
    expect(codes(capture('failures/nvml-mismatch-550.err.txt'))).toEqual(['version-mismatch'])
  })

  it.each(['machines/h100-590-linux/load.dmon.txt', 'machines/h100-590-linux/load.pmon.txt', 'machines/h100-590-linux/version.txt', 'other/b200.mig-lgip.txt', 'topo/8x-h100-nv18.topo-m.txt', 'machines/rtx2080s-591-windows/topo-m.txt'])(
    'says that %s lists no cards with their memory', (file) => {
      expect(codes(capture(file))).toEqual(['unreadable-output'])
    })

  it('takes only the names from nvlink -s', () => {
    expect(readPasted(capture('machines/h100-590-linux/nvlink-s.txt'))).toMatchObject({ gpus: [{ name: 'NVIDIA H100 80GB HBM3', memory: { totalBytes: null } }], findings: [{ code: 'incomplete-device' }] })
  })
})
