import { describe, expect, it } from 'vitest'
import { capture, captures } from '../fixtures/nvidia/captures.ts'
import { device } from '../reading/device.ts'
import { linksOf, loneGpus } from './links.ts'
import { readTopology } from './topology.ts'

const cards = (count: number, name = 'NVIDIA B200') => Array.from({ length: count }, (_, i) => device('nvidia', i, name, { uuid: `GPU-${i}` }))
const kinds = (file: string) => {
  const { gpus, links } = readTopology(capture(file))!
  return { gpus: gpus.length, links: links.length, kinds: [...new Set(links.map((link) => link.kind + (link.lanes ?? '')))].sort() }
}

describe('readTopology', () => {
  it.each([
    ['topo/2gpu-nv2.topo-m.txt', 2, 1, ['nvlink2']],
    ['topo/2gpu-phb.topo-m.txt', 2, 1, ['phb']],
    ['topo/8x-a100-nv12.topo-m.txt', 8, 28, ['nvlink12']],
    ['topo/8x-h100-nv18.topo-m.txt', 8, 28, ['nvlink18']],
    ['topo/8x-h100-8nic.topo-m.txt', 8, 28, ['nvlink18']],
    // The paste ends in the row of GPU3.
    ['topo/4x-gb200.topo-m.txt', 4, 6, ['nvlink18']],
    // Without its header, and cut off in the row of GPU6.
    ['topo/b200-topo-gpu2-without-nvlink.topo-m.txt', 7, 21, ['node', 'nvlink18', 'sys']]
  ])('%s', (file, gpus, links, of) => { expect(kinds(file)).toEqual({ gpus, links, kinds: of }) })

  it('finds no link on machines with one card, and no matrix where this nvidia-smi has none', () => {
    const refused = 'machines/rtx2080s-591-windows/topo-m.txt'
    const single = captures('machines/*/topo-m.txt').filter((file) => file !== refused)
    expect(single.length).toBeGreaterThanOrEqual(4)
    for (const file of single) expect(readTopology(capture(file)), file).toEqual({ gpus: [0], links: [] })
    expect(readTopology(capture(refused))).toBeNull()
  })

  it('reads tabs, underlines, old names of links, and counts GPUs beyond nine', () => {
    const head = Array.from({ length: 16 }, (_, i) => `GPU${i}`).join('\t')
    const rows = Array.from({ length: 16 }, (_, i) => `GPU${i}\t${Array.from({ length: 16 }, (_, j) => i === j ? ' X ' : (i < 8) === (j < 8) ? 'NV6' : 'SOC').join('\t')}\t0-23`)
    const { gpus, links } = readTopology(`\u001B[4m\t${head}\tCPU Affinity\u001B[0m\n${rows.join('\n')}\n\nLegend:\n`)!
    expect(gpus).toHaveLength(16)
    expect(links.filter((link) => link.kind === 'nvlink')).toHaveLength(56)
    expect(links.filter((link) => link.kind === 'sys')).toHaveLength(64)
  })

  it.each(['', 'No devices were found', 'GPU 0: NVIDIA A10 (UUID: GPU-1)', '\tCPU Affinity'])('finds no matrix in %j', (text) => { expect(readTopology(text)).toBeNull() })
})

describe('islands', () => {
  it('are the cards that NVLink connects', () => {
    expect(linksOf(cards(8), capture('topo/8x-h100-nv18.topo-m.txt'))!.islands).toEqual([cards(8).map((gpu) => gpu.key)])
    expect(linksOf(cards(2), capture('topo/2gpu-phb.topo-m.txt'))!.islands).toEqual([])
    const pairs = readPairs()
    expect(linksOf(cards(4), pairs)!.islands).toEqual([['GPU-0', 'GPU-1'], ['GPU-2', 'GPU-3']])
    expect(loneGpus(cards(4), linksOf(cards(4), pairs))).toEqual([])
  })

  it('tell of a card that fell off the NVLink fabric', () => {
    const topology = linksOf(cards(7), capture('topo/b200-topo-gpu2-without-nvlink.topo-m.txt'))
    expect(topology!.islands).toEqual([['GPU-0', 'GPU-1', 'GPU-3', 'GPU-4', 'GPU-5', 'GPU-6']])
    expect(loneGpus(cards(7), topology)).toMatchObject([{ code: 'lone-gpu', severity: 'warning', deviceKey: 'GPU-2', detail: 'GPU 2' }])
  })

  it('do not miss a card of another kind', () => {
    const mixed = cards(7).map((gpu) => gpu.index === 2 ? { ...gpu, name: 'NVIDIA T400' } : gpu)
    expect(loneGpus(mixed, linksOf(mixed, capture('topo/b200-topo-gpu2-without-nvlink.topo-m.txt')))).toEqual([])
  })
})

const readPairs = (): string => [
  '\tGPU0\tGPU1\tGPU2\tGPU3\tCPU Affinity\tNUMA Affinity',
  'GPU0\t X \tNV4\tSYS\tSYS\t0-23\t0', 'GPU1\tNV4\t X \tSYS\tSYS\t0-23\t0', 'GPU2\tSYS\tSYS\t X \tNV4\t24-47\t1', 'GPU3\tSYS\tSYS\tNV4\t X \t24-47\t1'
].join('\n')
