import { describe, expect, it } from 'vitest'
import type { VendorReading } from '../evidence.ts'
import { evidenceOf } from '../fixtures/evidence.ts'
import { vendorCapture } from '../fixtures/vendorCaptures.ts'
import { ascend } from './index.ts'

const MIB = 1024 ** 2
const read = (file: string, mapping?: string): VendorReading =>
  ascend.read(evidenceOf({ runs: { 'npu-smi info': vendorCapture(`ascend/${file}`), ...mapping === undefined ? {} : { 'npu-smi info -m': vendorCapture(`ascend/${mapping}`) } } }))
const codes = ({ findings }: VendorReading): string[] => findings.map(({ code }) => code)
const hbm = (used: number, total: number) => ({ totalBytes: total * MIB, usedBytes: used * MIB, freeBytes: (total - used) * MIB })

describe('npu-smi info', () => {
  it('910B4-1: HBM, of which 3 GB are in use when idle', () => {
    const { gpus, findings } = read('issues/910b4-1.npu-smi-info.txt')
    // Their places on the bus are masked.
    expect(gpus).toMatchObject([0, 1].map((npu) => ({ vendor: 'huawei', key: `huawei-${npu}-0`, index: npu, name: 'Ascend 910B4-1', catalogId: 'ascend-910b4-1', kind: 'npu', memory: hbm(3197, 65536), memorySource: 'npu-smi HBM-Usage', pciBusId: null })))
    expect(gpus[0]).toMatchObject({ powerWatts: 91.3, temperatureC: 33, utilization: 0 })
    expect(findings).toEqual([])
  })

  it.each([
    ['issues/a3-ascend910-2chips.npu-smi-info.txt', [[0, 0, '9d', 3416, 178.5], [0, 1, '9f', 3195, null], [1, 2, '99', 3415, 186.3]]],
    ['issues/a3-npu-smi-26-wide.npu-smi-info.txt', [[0, 0, '9d', 3419, 162.6], [0, 1, '9f', 2874, null]]]
  ] as const)('A3: two chips a card, %s', (file, chips) => {
    const { gpus } = read(file)
    expect(gpus).toMatchObject(chips.map(([npu, index, bus, used, watts]) => ({
      index, name: 'Ascend910', catalogId: 'ascend-910c', kind: 'partition', cardKey: `huawei-${npu}`, pciBusId: `00000000:${bus}:00.0`, memory: hbm(used, 65536), powerWatts: watts
    })))
  })

  it('910A: HBM beside DDR; names masked, health and processes told', () => {
    const reading = read('gpustack/8x-910a-24.1.npu-smi-info.txt', 'gpustack/910a-24.1.npu-smi-mapping.txt')
    expect(reading.gpus).toHaveLength(8)
    for (const gpu of reading.gpus) expect(gpu).toMatchObject({ name: 'Ascend 910A', catalogId: 'ascend-910a', kind: 'npu', memory: hbm(0, 32768) })
    expect(reading.gpus[0]!.processes!.length).toBeGreaterThan(0)
    expect(reading.gpus[0]!.processes![0]).toMatchObject({ pid: 37656, name: 'hlt_host_devmm_', usedBytes: 686 * MIB })
    expect(reading.findings).toMatchObject([{ code: 'device-unhealthy', detail: 'NPU 3: Warning', deviceKey: '00000000:01:00.0' }, { code: 'device-unhealthy', detail: 'NPU 7: Warning' }])
    expect(read('gpustack/8x-910a-24.1.npu-smi-info.txt').gpus[0]).toMatchObject({ name: 'Ascend', catalogId: null, memory: hbm(0, 32768) })
  })

  it('910A of an older release, without a list of processes', () => {
    const { gpus } = read('gpustack/910a-6.0rc1.npu-smi-info.txt')
    expect(gpus).toHaveLength(8)
    expect(gpus[1]).toMatchObject({ name: 'Ascend 910A', memory: hbm(0, 32768), pciBusId: '00000000:db:00.0', processes: null })
  })

  it('910A on 22.0.3: no HBM column, and the other is not its memory', () => {
    const reading = read('flagperf/910a-22.0.3.npu-smi-info.txt')
    expect(reading.gpus).toMatchObject([{ name: 'Ascend 910A', catalogId: 'ascend-910a', memory: { totalBytes: 32768 * MIB, usedBytes: null, freeBytes: null }, memorySource: 'catalog', powerWatts: null }])
    expect(codes(reading)).toEqual(['ascend-no-memory'])
  })

  it('310: four chips a card, DDR', () => {
    const { gpus } = read('gpustack/310-1.0.npu-smi-info.txt')
    expect(gpus.map((gpu) => [gpu.index, gpu.kind, gpu.cardKey, gpu.memory.totalBytes, gpu.memory.usedBytes])).toEqual([
      [3, 'partition', 'huawei-6', 8192 * MIB, 2703 * MIB], [4, 'partition', 'huawei-6', 8192 * MIB, 2867 * MIB], [5, 'partition', 'huawei-6', 8192 * MIB, 2867 * MIB], [6, 'partition', 'huawei-6', 8192 * MIB, 2867 * MIB]
    ])
  })

  it('310P3: two chips at one place on the bus', () => {
    const table = ['| NPU     Name                  | Health          | Power(W)     Temp(C)           Hugepages-Usage(page) |',
      '| Chip    Device                | Bus-Id          | AICore(%)    Memory-Usage(MB)                        |',
      '| 2       310P3                 | OK              | NA           45                0     / 0             |',
      '| 0       0                     | 0000:01:00.0    | 0            1529 / 44280                            |',
      '+-------------------------------+-----------------+------------------------------------------------------+',
      '| 2       310P3                 | OK              | NA           43                0     / 0             |',
      '| 1       1                     | 0000:01:00.0    | 0            1412 / 43693                            |'].join('\n')
    const { gpus } = ascend.read(evidenceOf({ runs: { 'npu-smi info': table } }))
    expect(gpus).toMatchObject([{ key: 'huawei-2-0', memory: { totalBytes: 44280 * MIB } }, { key: 'huawei-2-1', memory: { totalBytes: 43693 * MIB } }])
  })

  it('agrees with what another tool saw of a 910B2', () => {
    const other = (JSON.parse(vendorCapture('other/gpustack-runtime/ascend_910b2.detect.json')) as { name: string, memory: number, memory_used: number, power_used: number }[])[0]!
    const table = vendorCapture('ascend/issues/910b4-1.npu-smi-info.txt').replace('910B4-1', '910B2  ').replace('3197 / 65536', `${other.memory_used} / ${other.memory}`).replace('91.3 ', String(other.power_used))
    expect(ascend.read(evidenceOf({ runs: { 'npu-smi info': table } })).gpus[0]).toMatchObject({ name: `Ascend ${other.name}`, catalogId: 'ascend-910b2', memory: hbm(3432, 65536), powerWatts: 101.3 })
  })
})

describe('failures', () => {
  it.each([
    ['dcmi module initialize failed. ret is -8005', 'ascend-no-dcmi'],
    ['DrvMngGetConsoleLogLevel failed. (g_conLogLevel=3)\ndcmi model initialized failed, because the device is used. ret is -8020', 'ascend-in-use'],
    ['npu-smi: error while loading shared libraries: libdrvdsmi_host.so: cannot open shared object file: No such file or directory', 'ascend-no-dcmi'],
    ['Segmentation fault', 'vendor-tool-failed'],
    [vendorCapture('ascend/gpustack/910a-24.1.npu-smi-mapping.txt'), 'vendor-tool-failed']
  ])('%s', (stdout, code) => {
    for (const run of [{ stdout, status: 1 }, { stderr: stdout, status: 255 }]) expect(ascend.read(evidenceOf({ runs: { 'npu-smi info': run } }))).toMatchObject({ gpus: [], findings: [{ code, vendor: 'huawei' }], seen: true })
  })

  it('a card without npu-smi', () => {
    const files = { '/sys/bus/pci/devices/0000:c1:00.0/uevent': 'PCI_CLASS=120000\nPCI_ID=19E5:D802\nPCI_SLOT_NAME=0000:c1:00.0\n' }
    expect(codes(ascend.read(evidenceOf({ files })))).toEqual(['card-without-driver'])
    expect(ascend.read(evidenceOf({}))).toMatchObject({ gpus: [], findings: [], seen: false })
  })
})
