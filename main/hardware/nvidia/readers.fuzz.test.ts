import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evidenceOf } from '../fixtures/evidence.ts'
import { capture, captures } from '../fixtures/nvidia/captures.ts'
import { LSPCI } from '../pciDevices.ts'
import { nvidia } from './index.ts'
import { readPasted } from './pasted.ts'
import { COMPUTE_CAPABILITIES, LIST, REPORT, TOPOLOGY } from './probes.ts'

const texts = [...captures('tables/*.table.txt'), ...captures('lists/*'), ...captures('csv/*'), ...captures('machines/*/idle.q.txt'), ...captures('machines/*/idle.query-gpu.csv'), ...captures('topo/*'), ...captures('failures/*')].map(capture)

const edit = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.nat({ max: 80 }),
  insert: fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom('|', ' / ', 'MiB', '99999999999999999999MiB', '\n', '\r\n', '\t', '\u001B[4m', 'GPU 0: ', ', ', '[N/A]', ' : ', 'NV18', '\u0000', '\uD800', '-1MiB', '|   0  X  On | 00000000:01:00.0 Off | N/A |\n'))
})

function mutate (text: string, edits: readonly { at: number, length: number, insert: string }[]): string {
  return edits.reduce((current, { at, length, insert }) => {
    const start = Math.floor(at * current.length)
    return current.slice(0, start) + insert + current.slice(start + length)
  }, text)
}

/** Every whole number in the text, as MiB in bytes. */
const figuresIn = (text: string): Set<number> => new Set([...text.matchAll(/\d+/g)].map(([digits]) => Number(digits) * 1024 ** 2))

const damaged = fc.tuple(fc.constantFrom(...texts), fc.array(edit, { maxLength: 12 })).map(([text, edits]) => mutate(text, edits))

describe('damaged text', () => {
  it('pasted: never throws, and every figure of memory stands in it', () => {
    fc.assert(fc.property(damaged, (text) => {
      const figures = figuresIn(text)
      const { gpus, findings } = readPasted(text)
      expect(gpus.length > 0 || findings.length > 0).toBe(true)
      for (const gpu of gpus) {
        const memories = [gpu.memory, ...gpu.mig?.slices.map((slice) => slice.memory) ?? []]
        for (const bytes of memories.flatMap((memory) => [memory.totalBytes, memory.reservedBytes, memory.usedBytes, memory.freeBytes])) if (bytes !== null) expect(figures).toContain(bytes)
        expect(gpu.memory.totalBytes).not.toBe(0)
        expect(gpu.utilization === null || (gpu.utilization >= 0 && gpu.utilization <= 1)).toBe(true)
      }
    }), { numRuns: 400 })
  })

  it('from any probe or file: never throws, and keys stay one card’s', () => {
    const report = fc.constantFrom(capture('xml/8x-a100-40gb-mig.xml'), capture('xml/a10g.xml'), '')
    const [file, status] = ['/proc/driver/nvidia/gpus/0000:70:00.0/information', '/sys/bus/pci/devices/0000:70:00.0/uevent']
    fc.assert(fc.property(report, damaged, damaged, damaged, fc.string(), (xml, a, b, c, text) => {
      const { gpus, topology } = nvidia.read(evidenceOf({
        runs: { [REPORT]: xml, [LIST]: a, [TOPOLOGY]: b, [COMPUTE_CAPABILITIES]: c, [LSPCI]: a },
        files: { [file]: `Model: ${text}\n${a.slice(0, 500)}`, [status]: `PCI_CLASS=30000\nPCI_ID=10DE:${text}\n`, '/proc/meminfo': c, '/proc/driver/nvidia/version': b },
        variables: { CUDA_VISIBLE_DEVICES: text, CUDA_DEVICE_MEMORY_LIMIT: text, LD_PRELOAD: text }
      }))
      const keys = gpus.map((gpu) => gpu.key)
      expect(new Set(keys).size).toBe(keys.length)
      for (const link of topology?.links ?? []) expect(keys).toEqual(expect.arrayContaining([link.a, link.b]))
    }), { numRuns: 200 })
  })

  it('huge: is read in bounded time', () => {
    for (const piece of ['|', '| ', ' : ', 'GPU ', '   0  X On | ', ', ', '\n', 'GPU0 NV1 ', '(UUID: ']) {
      const text = piece.repeat(Math.floor(4_000_000 / piece.length))
      expect(readPasted(text).gpus).toEqual([])
      expect(readPasted(`+---+\n| NVIDIA-SMI ${text}`).gpus).toEqual([])
    }
  })
})
