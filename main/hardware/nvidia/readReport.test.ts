import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readReport, type Report } from './readReport.ts'

const capture = (name: string): string => readFileSync(new URL(`../fixtures/nvidia/xml/${name}.xml`, import.meta.url), 'utf8')

function report (text: string): Report {
  const found = readReport(text)
  if (found === null) throw new Error('no report')
  return found
}

const inMib = (bytes: number | null): number | null => bytes === null ? null : bytes / 1024 ** 2

/** file, driver, CUDA, name, [total, reserved, used, free] in MiB, display, processes */
const SINGLE_CARDS = [
  ['a10g', '515.105.01', '11.7', 'NVIDIA A10G', [23028, 435, 22, 22569], false, 1],
  ['gtx-1070-ti', null, null, 'GeForce GTX 1070 Ti', [4096, null, 42, 4054], null, null],
  ['gtx-1660-ti', '418.43', '10.1', 'Graphics Device', [5912, null, 0, 5912], false, 0],
  ['quadro-p2000-v12', '525.125.06', '12.0', 'Quadro P2000', [5120, 66, 1, 5051], false, 0],
  ['quadro-p400', '418.43', '10.1', 'Quadro P400', [1998, null, 0, 1998], false, 0],
  ['rtx-2080-win', '516.59', '11.7', 'NVIDIA GeForce RTX 2080', [8192, 182, 862, 7147], true, 26],
  ['rtx-3060-v12', '570.124.04', '12.8', 'NVIDIA GeForce RTX 3060', [12288, 368, 116, 11806], false, 0],
  ['rtx-3080-v12', '536.40', '12.2', 'NVIDIA GeForce RTX 3080', [10240, 173, 1128, 8938], true, 5],
  ['rtx-3080-v13', '595.58.03', '13.2', 'NVIDIA GeForce RTX 3080', [10240, 397, 9184, 660], false, 0],
  ['rtx-3090-v12', '525.147.05', '12.0', 'NVIDIA GeForce RTX 3090', [24576, 316, 1, 24258], false, 0],
  ['rtx-4000-sff-ada-v13', '595.84', '13.2', 'NVIDIA RTX 4000 SFF Ada Generation', [20475, 460, 3534, 16482], true, 4],
  ['rtx-pro-6000-driver-580', null, null, 'NVIDIA RTX PRO 6000 Blackwell', [null, null, null, null], null, null],
  ['tesla-t4', '515.105.01', '11.7', 'Tesla T4', [15360, 388, 1032, 13939], false, 2]
] as const

describe('readReport', () => {
  it.each(SINGLE_CARDS)('reads %s', (file, driver, cuda, name, memory, display, processes) => {
    const found = report(capture(file))
    expect(found).toMatchObject({ driverVersion: driver, cudaVersion: cuda, cudaBroken: false, complete: true })
    expect(found.gpus).toHaveLength(1)
    const gpu = found.gpus[0]!
    const { totalBytes, reservedBytes, usedBytes, freeBytes } = gpu.memory
    expect([totalBytes, reservedBytes, usedBytes, freeBytes].map(inMib)).toEqual(memory)
    expect(gpu).toMatchObject({ name, vendor: 'nvidia', index: 0, displayActive: display, unifiedMemory: false, mig: null })
    expect(gpu.uuid).toMatch(/^GPU-[0-9a-f-]{36}$/)
    expect(gpu.pciBusId).toMatch(/^[0-9a-f]{8}:[0-9a-f]{2}:[0-9a-f]{2}\.0$/)
    expect(gpu.processes?.length ?? null).toBe(processes)
  })

  it('takes the card’s own memory, not that of its MIG slices', () => {
    const found = report(capture('a100-sxm4-80gb-mig'))
    const gpu = found.gpus[0]!
    expect(inMib(gpu.memory.totalBytes)).toBe(81920)
    expect(gpu.mig).toMatchObject({ enabled: true, instances: 4 })
    expect(gpu.mig?.slices.map((s) => [s.gpuInstance, inMib(s.memory.totalBytes)])).toEqual([[3, 19968], [4, 19968], [5, 19968], [6, 19968]])
    // The capture lists one of four attached cards.
    expect(found).toMatchObject({ complete: false, attached: 4 })
  })

  it('reads MIG slices on some cards of a host whose report leaves out the cards’ own memory', () => {
    const found = report(capture('8x-a100-40gb-mig'))
    expect(found.gpus.map((gpu) => gpu.mig?.slices.map((s) => inMib(s.memory.totalBytes)) ?? null)).toEqual([
      null, null, [19968, 9856, 4864], [19968, 9856, 9856], null, null, null, null
    ])
    expect(found.gpus.every((gpu) => gpu.memory.totalBytes === null && gpu.memory.freeBytes === null)).toBe(true)
    expect(found.gpus.map((gpu) => gpu.pciBusId)).toEqual(['10', '15', '21', '81', '83', '85', '87', '89'].map((bus) => `00000000:${bus}:00.0`))
  })

  it('counts one memory for the compute instances of one GPU instance', () => {
    const text = capture('a100-sxm4-40gb-mig').replaceAll(/<gpu_instance_id>\d+</g, '<gpu_instance_id>3<')
    expect(report(text).gpus[0]?.mig).toMatchObject({ instances: 2, slices: [{ gpuInstance: 3 }] })
  })

  it('reads processes with their memory, and none where Windows gives none', () => {
    expect(report(capture('tesla-t4')).gpus[0]?.processes).toEqual([
      { pid: 675, name: '/usr/lib/xorg/Xorg', type: 'G', usedBytes: 22 * 1024 ** 2 },
      { pid: 5762, name: 'python', type: 'C', usedBytes: 1005 * 1024 ** 2 }
    ])
    const windows = report(capture('rtx-2080-win')).gpus[0]!.processes!
    expect(windows.every((p) => p.usedBytes === null)).toBe(true)
    expect(windows.filter((p) => p.name === null).length).toBeGreaterThan(0)
  })

  it.each(['N/A', '[N/A]', 'Not Supported', '[Not Supported]', 'ERR!', '[Unknown Error]', '[GPU is lost]', '[Insufficient Permissions]', '17179869184 MiB', '24576', '-1 MiB', '24576 MB', ''])(
    'leaves memory unknown where the tool prints “%s”', (printed) => {
      const text = capture('rtx-3090-v12').replaceAll('24576 MiB', printed)
      expect(report(text).gpus[0]?.memory.totalBytes).toBeNull()
    })

  it('leaves out a used figure larger than the total', () => {
    const text = capture('rtx-3090-v12').replace('<used>1 MiB</used>', '<used>99999 MiB</used>')
    expect(report(text).gpus[0]?.memory).toMatchObject({ totalBytes: 24576 * 1024 ** 2, usedBytes: null })
  })

  it.each(['NVIDIA GB10', 'Orin (nvgpu)', 'NVIDIA Thor'])('knows that %s shares memory with the CPU', (name) => {
    const text = capture('rtx-3090-v12').replaceAll('NVIDIA GeForce RTX 3090', name).replaceAll('24576 MiB', 'Not Supported')
    expect(report(text).gpus[0]).toMatchObject({ name, unifiedMemory: true, memory: { totalBytes: null } })
  })

  it('reads the longer version texts of newer drivers', () => {
    const text = capture('rtx-4000-sff-ada-v13')
      .replace('<driver_version>595.84<', '<driver_version>610.12 [Deprecated; will be removed in CUDA 14.0]<')
      .replace('<cuda_version>13.2<', '<cuda_umd_version>13.3<').replace('</cuda_version>', '</cuda_umd_version>')
    expect(report(text)).toMatchObject({ driverVersion: '610.12', cudaVersion: '13.3' })
  })

  it('says when the driver has no CUDA', () => {
    expect(report(capture('tesla-t4').replace('<cuda_version>11.7<', '<cuda_version>ERR!<'))).toMatchObject({ cudaVersion: null, cudaBroken: true })
    expect(report(capture('tesla-t4').replace('<cuda_version>11.7<', '<cuda_version>Not Found<'))).toMatchObject({ cudaBroken: true })
  })

  it('finds the report behind lines that something else printed, with CRLF line ends', () => {
    const text = `[HAMI-core Warn]: pid 12 <unknown>\n${capture('a10g')}`.replaceAll('\n', '\r\n')
    expect(report(text).gpus[0]?.memory.totalBytes).toBe(23028 * 1024 ** 2)
  })

  it('keeps the whole cards of a report that was cut off', () => {
    const text = capture('8x-a100-40gb-mig')
    const cut = text.slice(0, text.lastIndexOf('<gpu ') + 400)
    expect(report(cut)).toMatchObject({ complete: false, attached: 8 })
    expect(report(cut).gpus).toHaveLength(7)
  })

  it('expands no entity of the document', () => {
    const bomb = Array.from({ length: 9 }, (_, i) => `<!ENTITY e${i + 1} "${`&e${i};`.repeat(10)}">`).join('')
    const text = capture('a10g')
      .replace(/<!DOCTYPE [^>]*>/, `<!DOCTYPE nvidia_smi_log [<!ENTITY e0 "9">${bomb}<!ENTITY file SYSTEM "file:///etc/hostname">]>`)
      .replace('NVIDIA A10G', '&file;').replaceAll('23028', '&e9;')
    expect(report(text).gpus[0]).toMatchObject({ name: '&file;', memory: { totalBytes: null } })
  })

  it.each(['<', '&', '<a>', '</b>', '<supported_clocks>', '<!', '<a b="', '&#57;', '<?'])('stops early in megabytes of %s, and keeps what came before', (piece) => {
    const text = capture('8x-a100-40gb-mig')
    const at = text.indexOf('<gpu ', text.indexOf('</gpu>'))
    const found = report(text.slice(0, at) + piece.repeat(Math.floor(8 * 1024 ** 2 / piece.length)))
    expect(found).toMatchObject({ complete: false, attached: 8 })
    expect(found.gpus).toHaveLength(1)
  })

  it('keeps a card whose process has a name that is not XML', () => {
    const found = report(capture('tesla-t4').replace('>python<', '>a & b<c<'))
    expect(found.gpus[0]?.memory.totalBytes).toBe(15360 * 1024 ** 2)
    expect(found.gpus[0]?.processes?.[0]?.name).toBe('/usr/lib/xorg/Xorg')
  })

  it.each(['', 'No devices were found\n', '{"gpus": []}', '<html><body>502</body></html>', '\u0000\u0001\uFFFD'])('finds no report in %j', (text) => {
    expect(readReport(text)).toBeNull()
  })
})
