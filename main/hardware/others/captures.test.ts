import { describe, expect, it } from 'vitest'
import type { VendorReading, VendorSupport } from '../evidence.ts'
import { ROCM_SMI } from '../amd/probes.ts'
import { evidenceOf } from '../fixtures/evidence.ts'
import { vendorCapture } from '../fixtures/vendorCaptures.ts'
import { XPU_SMI_TABLE } from '../intel/probes.ts'
import { habana, hygon, iluvatar, kunlunxin, metax, moorethreads } from './index.ts'

const MIB = 1024 ** 2
const read = (support: VendorSupport, text: string, run = support.probes[0]!.name): VendorReading => support.read(evidenceOf({ runs: { [run]: text } }))
const memory = (used: number, total: number) => ({ totalBytes: total * MIB, usedBytes: used * MIB, freeBytes: (total - used) * MIB })

it('hl-smi: Gaudi 2 and 3', () => {
  expect(read(habana, vendorCapture('other/index/gaudi2.hl-smi.txt'))).toMatchObject({
    gpus: [{ index: 0, name: 'HL-225', catalogId: 'gaudi-2', kind: 'npu', pciBusId: '00000000:b3:00.0', memory: memory(768, 98304), memorySource: 'hl-smi', temperatureC: 26, powerWatts: 82, powerLimitWatts: 600, utilization: 0 }, { index: 1, powerWatts: 96 }],
    findings: []
  })
  expect(read(habana, vendorCapture('other/index/gaudi3.hl-smi.txt')).gpus).toMatchObject([{ name: 'HL-325L', catalogId: 'gaudi-3', memory: memory(672, 131072), powerWatts: 228, powerLimitWatts: 900 }])
})

it('mthreads-gmi: used(total), no outer bars', () => {
  expect(read(moorethreads, vendorCapture('other/index/mthreads-s5000.mthreads-gmi.txt')).gpus).toMatchObject([
    { name: 'MTT S5000', catalogId: 'mtt-s5000', pciBusId: '00000000:2a:00.0', memory: memory(66641, 81920), temperatureC: 52 }, { memory: memory(64889, 81920), temperatureC: 51 }, { index: 2, memory: memory(10, 81920) }
  ])
})

describe('mx-smi', () => {
  const cut = vendorCapture('other/index/metax-c500.mx-smi.txt')

  it('takes the catalog’s memory where the table is cut before its own', () => {
    expect(read(metax, cut).gpus).toMatchObject([{ name: 'MetaX C500', catalogId: 'metax-c500', pciBusId: '00000000:01:00.0', memory: { totalBytes: 65536 * MIB, usedBytes: null }, memorySource: 'catalog' }])
  })

  it('reads used/total with one unit', () => {
    const whole = `${cut}| 36C         69W / 350W             | 5680/65536 MiB      | Available            |\n+------------------------------------+---------------------+----------------------+\n`
    expect(read(metax, whole).gpus).toMatchObject([{ memory: memory(5680, 65536), memorySource: 'mx-smi', temperatureC: 36, powerWatts: 69, powerLimitWatts: 350 }])
  })

  it('tells groups of four by the links, and UUIDs by the list', () => {
    const rows = Array.from({ length: 8 }, (_, index) => `| ${index}           MetaX C500             | 0000:${(8 + index).toString(16).padStart(2, '0')}:00.0        | 0%                   |\n| 36C         69W / 350W             | 858/65536 MiB       | Available            |\n`).join('')
    const { gpus, topology } = metax.read(evidenceOf({ runs: { 'mx-smi': rows, 'mx-smi topo -n': vendorCapture('other/index/metax-8x.mx-smi-topo-n.txt'), 'mx-smi -L': vendorCapture('other/index/metax-c500.mx-smi-L.txt') } }))
    expect(gpus).toHaveLength(8)
    expect(gpus[0]!.uuid).toBe('GPU-e702f06b-bbd6-bc06-5196-90a5554a24ba')
    expect(topology!.islands).toEqual([gpus.slice(0, 4).map((gpu) => gpu.key)])
  })
})

const KUNLUNXIN = `Thu Sep 10 08:18:37 2026
+-----------------------------------------------------------------------------+
| XPU-SMI               Driver Version: 5.19.0.0     XPU-RT Version: 5.19.0   |
|-------------------------------+----------------------+----------------------+
| XPU  Name        Persistence-M| Bus-Id        Disp.A | Volatile Uncorr. ECC |
| Fan  Temp  Perf  Pwr:Usage/Cap|         Memory-Usage | XPU-Util  Compute M. |
|                               |             L3-Usage |            SR-IOV M. |
|===============================+======================+======================|
|   0  P800 OAM           N/A   | 00000000:03:00.0 N/A |                    0 |
| N/A   35C  N/A     87W / 400W |  31058MiB / 98304MiB |      0%      Default |
|                               |      0MiB /    96MiB |             Disabled |
+-------------------------------+----------------------+----------------------+
`

it.each(['xpu_smi', XPU_SMI_TABLE])('Kunlunxin’s tool under the name %s', (run) => {
  expect(read(kunlunxin, KUNLUNXIN, run).gpus).toMatchObject([{ vendor: 'kunlunxin', name: 'P800 OAM', pciBusId: '00000000:03:00.0', memory: memory(31058, 98304), powerWatts: 87 }])
})

it('leaves Intel’s xpu-smi to Intel', () => {
  expect(read(kunlunxin, vendorCapture('intel/issues/a770.xpu-smi-v2.table.txt'), XPU_SMI_TABLE)).toMatchObject({ gpus: [], seen: false })
})

it('ixsmi', () => {
  const table = '|===============================+======================+======================|\n| 0    Iluvatar BI-V150S        | 00000000:8A:00.0     | 500MHz    1600MHz    |\n| 0%   33C   P0    N/A / N/A    | 114MiB / 32768MiB    | 0%        Default    |\n'
  expect(read(iluvatar, table).gpus).toMatchObject([{ name: 'Iluvatar BI-V150S', pciBusId: '00000000:8a:00.0', memory: memory(114, 32768), temperatureC: 33, powerWatts: null, utilization: 0 }])
})

it.each([
  [iluvatar, 'other/flagperf-8x-iluvatar-bi-v100.ixsmi-awk.txt', 513, 0],
  [kunlunxin, 'other/flagperf-8x-kunlun-r300.xpu_smi-awk.txt', 28653, 0.94]
] as const)('columns that a script cut out: $vendor', (support, file, used, utilization) => {
  const { gpus } = read(support, vendorCapture(file))
  expect(gpus).toHaveLength(8)
  expect(gpus[1]).toMatchObject({ index: 1, memory: memory(used, 32768), utilization })
})

describe('Hygon', () => {
  it('its JSON, with sizes in MiB and an empty key', () => {
    for (const run of [ROCM_SMI, hygon.probes[0]!.name]) {
      expect(read(hygon, vendorCapture('hygon/gpustack/dcu.rocm-smi.json'), run)).toMatchObject({ gpus: [{ vendor: 'hygon', name: 'Hygon DCU', pciDeviceId: '1d94:6210', memory: memory(2, 65520), temperatureC: 41, powerWatts: 80, utilization: 0 }], findings: [], seen: true })
    }
  })

  it('its table has no sizes, which stay unknown', () => {
    const { gpus, findings } = read(hygon, vendorCapture('hygon/flagperf/8x-dcu.rocm-smi.txt'), ROCM_SMI)
    expect(gpus).toHaveLength(8)
    expect(gpus.every((gpu) => gpu.memory.totalBytes === null && gpu.vendor === 'hygon')).toBe(true)
    expect(new Set(findings.map(({ code }) => code))).toEqual(new Set(['incomplete-device']))
  })

  it('leaves AMD’s cards to AMD', () => {
    expect(read(hygon, vendorCapture('amd/issues/rx7900xt.rocm-smi.json'), ROCM_SMI)).toMatchObject({ gpus: [], seen: false })
  })
})

it.each([habana, moorethreads, metax, iluvatar, kunlunxin, hygon])('$vendor: a tool that fails is explained, one that is missing is not told', (support) => {
  const name = support.probes[0]!.name
  expect(support.read(evidenceOf({}))).toMatchObject({ gpus: [], findings: [], seen: false })
  for (const text of ['', 'Segmentation fault', vendorCapture('other/gpustack-runtime/thead_ppu.detect.json'), vendorCapture('other/rtx3090-llama-list-devices-vulkan.txt')]) {
    expect(read(support, text, name)).toMatchObject({ gpus: [], findings: [{ code: 'vendor-tool-failed', vendor: support.vendor }], seen: true })
  }
  expect(support.read(evidenceOf({ runs: { [name]: { outcome: 'timed-out', status: null } } })).findings).toMatchObject([{ code: 'timed-out', vendor: support.vendor }])
})
