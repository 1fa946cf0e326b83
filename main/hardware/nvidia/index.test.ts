import { describe, expect, it } from 'vitest'
import { ABSENT, evidenceOf } from '../fixtures/evidence.ts'
import { capture } from '../fixtures/nvidia/captures.ts'
import { nvidia } from './index.ts'
import { COMPUTE_CAPABILITIES, LIST, REPORT, TOPOLOGY } from './probes.ts'

const MIB = 1024 ** 2
const xml = (name: string): string => capture(`xml/${name}.xml`)
const read = (part: Parameters<typeof evidenceOf>[0]) => nvidia.read(evidenceOf(part))
const codes = (part: Parameters<typeof evidenceOf>[0]): string[] => read(part).findings.map((found) => found.code)

const pci = (slot: string, id: string, driver: string | null, status = 'active', classCode = '30000'): Record<string, string> => ({
  [`/sys/bus/pci/devices/${slot}/uevent`]: `${driver === null ? '' : `DRIVER=${driver}\n`}PCI_CLASS=${classCode}\nPCI_ID=${id}\nPCI_SLOT_NAME=${slot}\n`,
  [`/sys/bus/pci/devices/${slot}/power/runtime_status`]: `${status}\n`
})

describe('what other probes add to the report', () => {
  it('compute capability, by UUID', () => {
    const [gpu] = read({ runs: { [REPORT]: xml('rtx-3090-v12'), [COMPUTE_CAPABILITIES]: `${/<uuid>(.*?)</.exec(xml('rtx-3090-v12'))![1]}, 8.6\n` } }).gpus
    expect(gpu!.computeCapability).toBe('8.6')
  })

  it.each(['Field "compute_cap" is not a valid field to query.\n', '[N/A], [N/A]\n', 'GPU-x, [N/A]\n', ''])('no capability from %j', (answer) => {
    expect(read({ runs: { [REPORT]: xml('rtx-3090-v12'), [COMPUTE_CAPABILITIES]: { stdout: answer, status: 2 } } }).gpus[0]!.computeCapability).toBeNull()
  })

  it('MIG profiles and UUIDs, one pool for the compute instances of a GPU instance', () => {
    const listed = capture('lists/8x-a100-40gb-mig.nvidia-smi-L.txt')
    const { gpus, findings } = read({ runs: { [REPORT]: xml('8x-a100-40gb-mig'), [LIST]: listed } })
    expect(gpus[3]!.mig!.slices.map((slice) => [slice.profile, slice.uuid?.slice(0, 12), slice.memory.totalBytes! / MIB])).toEqual([
      ['4g.20gb', 'MIG-4894e267', 19968], ['2g.10gb', 'MIG-ed3d4e0a', 9856], ['1g.5gb', 'MIG-017c61e4', 9856]
    ])
    expect(gpus[0]!.mig).toBeNull()
    // The source of the capture left out the memory of the whole cards.
    expect(findings.map((found) => found.code)).toEqual(['incomplete-device'])
  })

  it('gives a slice with several compute instances the UUID of the first', () => {
    const text = xml('a100-sxm4-40gb-mig').replaceAll(/<gpu_instance_id>\d+</g, '<gpu_instance_id>3<')
    const list = 'GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-x)\n  MIG 1c.3g.20gb  Device  0: (UUID: MIG-a)\n  MIG 2c.3g.20gb  Device  1: (UUID: MIG-b)\n'
    expect(read({ runs: { [REPORT]: text, [LIST]: list } }).gpus[0]!.mig!.slices).toMatchObject([{ gpuInstance: 3, profile: '3g.20gb', uuid: 'MIG-a' }])
  })

  it('no names where the list counts other slices than the report', () => {
    const list = 'GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-x)\n  MIG 3g.20gb  Device  0: (UUID: MIG-a)\n'
    expect(read({ runs: { [REPORT]: xml('a100-sxm4-40gb-mig'), [LIST]: list } }).gpus[0]!.mig!.slices.map((slice) => slice.profile)).toEqual([null, null])
  })

  it('links between cards, by their keys', () => {
    const { gpus, topology } = read({ runs: { [REPORT]: xml('8x-a100-40gb-mig'), [TOPOLOGY]: capture('topo/8x-a100-nv12.topo-m.txt') } })
    expect(topology!.links).toHaveLength(28)
    expect(topology!.links[0]).toEqual({ a: gpus[0]!.key, b: gpus[1]!.key, kind: 'nvlink', lanes: 12 })
    expect(topology!.islands).toEqual([gpus.map((gpu) => gpu.key)])
  })

  it('the fields of a card', () => {
    expect(read({ runs: { [REPORT]: xml('rtx-4000-sff-ada-v13') } }).gpus[0]).toMatchObject({
      pciDeviceId: '10de:27b0', architecture: 'Ada Lovelace', powerWatts: 8.44, powerLimitWatts: 70, eccEnabled: false, computeMode: 'Default', memorySource: 'nvidia-smi', kind: 'gpu', asleep: false
    })
    expect(read({ runs: { [REPORT]: xml('tesla-p100') } }).gpus[0]).toMatchObject({ memory: { totalBytes: 16384 * MIB }, eccEnabled: true, utilization: 0 })
    expect(read({ runs: { [REPORT]: xml('rtx-4090-driver-535') } }).gpus[0]).toMatchObject({ memory: { totalBytes: 24564 * MIB } })
  })
})

describe('cards that share the machine’s memory', () => {
  const gb10 = xml('rtx-3090-v12').replaceAll('NVIDIA GeForce RTX 3090', 'NVIDIA GB10').replaceAll(/<(total|reserved|used|free)>\d+ MiB</g, '<$1>Not Supported<')
  const meminfo = 'MemTotal:       127600748 kB\nMemFree:         7789944 kB\nMemAvailable:   118566368 kB\n'

  it('have its memory as their pool, what is available as free, and what processes hold as used', () => {
    const { gpus, findings } = read({ runs: { [REPORT]: gb10 }, files: { '/proc/meminfo': meminfo } })
    const held = gpus[0]!.processes!.reduce((sum, process) => sum + process.usedBytes!, 0)
    expect(gpus[0]).toMatchObject({
      kind: 'unified', unifiedMemory: true, memorySource: 'meminfo',
      memory: { totalBytes: 127600748 * 1024, freeBytes: 118566368 * 1024, reservedBytes: null, usedBytes: held }
    })
    expect(findings.map((found) => found.code)).toEqual(['unified-memory'])
  })

  it('stay unknown, never 0, without /proc/meminfo', () => {
    expect(read({ runs: { [REPORT]: gb10 } }).gpus[0]!.memory).toEqual({ totalBytes: null, reservedBytes: null, usedBytes: null, freeBytes: null })
  })

  it('are read the same when the tool gives them the whole memory', () => {
    const whole = xml('rtx-3090-v12').replaceAll('NVIDIA GeForce RTX 3090', 'NVIDIA GB10').replaceAll('24576 MiB', '122547 MiB')
    expect(read({ runs: { [REPORT]: whole }, files: { '/proc/meminfo': meminfo } }).gpus[0]!.memorySource).toBe('meminfo')
  })

  it('keep a carve-out that the tool names', () => {
    const spark = xml('rtx-2080-win').replaceAll('NVIDIA GeForce RTX 2080', 'NVIDIA RTX Spark N1X').replaceAll('8192 MiB', '8128 MiB')
    expect(read({ runs: { [REPORT]: spark }, system: 'win32' }).gpus[0]).toMatchObject({ unifiedMemory: true, memory: { totalBytes: 8128 * MIB }, memorySource: 'nvidia-smi' })
  })

  it('are not every card of an ARM machine: a missing figure elsewhere is a fault', () => {
    const text = xml('rtx-3060-v12').replaceAll(/<(total|reserved|used|free)>\d+ MiB</g, '<$1>N/A<')
    const { gpus, findings } = read({ runs: { [REPORT]: text }, files: { '/proc/meminfo': meminfo } })
    expect(gpus[0]).toMatchObject({ unifiedMemory: false, memory: { totalBytes: null } })
    expect(findings.map((found) => found.code)).toEqual(['incomplete-device'])
  })
})

describe('where it runs', () => {
  it('hides processes in containers and under WSL when it lists none', () => {
    const text = xml('a10g').replace(/<processes>[^]*<\/processes>/, '<processes></processes>')
    expect(read({ runs: { [REPORT]: text } }).gpus[0]!.processes).toEqual([])
    expect(read({ runs: { [REPORT]: text }, host: { environment: ['container'] } }).gpus[0]!.processes).toBeNull()
    expect(read({ runs: { [REPORT]: text }, host: { environment: ['wsl'] } }).gpus[0]).toMatchObject({ processes: null, driverModel: 'WDDM' })
    expect(read({ runs: { [REPORT]: xml('tesla-t4') }, host: { environment: ['container'] } }).gpus[0]!.processes).toHaveLength(2)
  })

  it.each([['4000m', 4000 * MIB], ['10g', 10 * 1024 * MIB], ['1048576k', 1024 * MIB]])('counts a container’s limit of %s', (text, limit) => {
    const { gpus, findings } = read({ runs: { [REPORT]: xml('a10g') }, variables: { CUDA_DEVICE_MEMORY_LIMIT_0: text } })
    expect(gpus[0]!.memory).toMatchObject({ totalBytes: limit, freeBytes: limit })
    expect(findings).toMatchObject([{ code: 'shared-limit', detail: `GPU 0: ${limit / MIB} MiB`, deviceKey: gpus[0]!.key }])
  })

  it('tells of a limiting library, and of a limit that makes no sense nothing', () => {
    expect(codes({ runs: { [REPORT]: xml('a10g') }, files: { '/etc/ld.so.preload': '/usr/local/vgpu/libvgpu.so\n' } })).toEqual(['shared-limit'])
    expect(codes({ runs: { [REPORT]: xml('a10g') }, variables: { CUDA_DEVICE_MEMORY_LIMIT: 'much' } })).toEqual([])
    expect(read({ runs: { [REPORT]: xml('a10g') }, variables: { CUDA_DEVICE_MEMORY_LIMIT: '100g' } }).gpus[0]!.memory.totalBytes).toBe(23028 * MIB)
  })

  it.each([['0', []], ['', ['hidden-devices']], ['-1', ['hidden-devices']], ['1', ['hidden-devices']], ['GPU-nothing', ['hidden-devices']]])('CUDA_VISIBLE_DEVICES=%s', (value, expected) => {
    expect(codes({ runs: { [REPORT]: xml('a10g') }, variables: { CUDA_VISIBLE_DEVICES: value } })).toEqual(expected)
  })

  it('tells of virtual GPUs without licence, fabrics that are not ready, and cards in trouble', () => {
    const guest = xml('a10g').replace('<virtualization_mode>None<', '<virtualization_mode>VGPU<').replace('</product_name>', '</product_name><vgpu_software_licensed_product><product_name>NVIDIA RTX Virtual Workstation</product_name><license_status>Unlicensed (Restricted)</license_status></vgpu_software_licensed_product>')
    expect(read({ runs: { [REPORT]: guest } })).toMatchObject({ findings: [{ code: 'unlicensed-vgpu', severity: 'warning' }] })
    const fabric = xml('a10g').replace('</gpu>', '<fabric><state>In Progress</state><status>N/A</status></fabric></gpu>')
    expect(read({ runs: { [REPORT]: fabric } }).findings).toMatchObject([{ code: 'fabric-not-ready', detail: 'GPU 0: NVIDIA A10G, In Progress' }])
    expect(codes({ runs: { [REPORT]: xml('a10g').replace('</gpu>', '<fabric><state>Completed</state></fabric></gpu>') } })).toEqual([])
    expect(codes({ runs: { [REPORT]: xml('a10g').replaceAll('23028 MiB', '[GPU is lost]') } })).toEqual(['gpu-lost'])
    expect(read({ runs: { [REPORT]: xml('rtx-3090-v12').replace('<used>1 MiB</used>', '<used>17179869184 MiB</used>') } })).toMatchObject({ findings: [{ code: 'over-committed' }], gpus: [{ memory: { totalBytes: 24576 * MIB, usedBytes: null } }] })
  })

  it('keeps only the total of figures that contradict each other', () => {
    const { gpus, findings } = read({ runs: { [REPORT]: xml('tesla-t4').replace('<free>13939 MiB', '<free>9939 MiB') } })
    expect(gpus[0]!.memory).toEqual({ totalBytes: 15360 * MIB, reservedBytes: null, usedBytes: null, freeBytes: null })
    expect(findings).toMatchObject([{ code: 'inconsistent-memory', deviceKey: gpus[0]!.key }])
  })
})

describe('without an answer', () => {
  const information = capture('proc/l4.proc-driver-nvidia-information.txt')

  it('lists what the kernel driver knows, with the catalog’s total and nothing of what is free', () => {
    const { gpus, findings } = read({ runs: { [REPORT]: ABSENT }, files: { '/proc/driver/nvidia/gpus/0000:70:00.0/information': information, '/proc/driver/nvidia/version': capture('proc/nvrm-version-open-module.txt') } })
    expect(gpus).toMatchObject([{ name: 'NVIDIA L4', uuid: 'GPU-3291dfa4-fcc4-0110-615b-c894a0d7c689', pciBusId: '00000000:70:00.0', memory: { totalBytes: 23034 * MIB, usedBytes: null, freeBytes: null }, memorySource: 'catalog', processes: null }])
    expect(findings).toMatchObject([{ code: 'no-nvidia-tools', detail: '515.57' }])
    expect(read({ runs: { [REPORT]: ABSENT }, files: { '/proc/driver/nvidia/gpus/0000:04:00.0/information': capture('proc/gtx650.proc-driver-nvidia-information.txt') } }).gpus).toMatchObject([{ name: 'GeForce GTX 650', memory: { totalBytes: null } }])
  })

  it('explains why a card has no tool', () => {
    const runs = { [REPORT]: ABSENT }
    expect(codes({ runs })).toEqual(['no-nvidia-smi'])
    expect(read({ runs }).seen).toBe(false)
    expect(codes({ runs, files: pci('0000:01:00.0', '10DE:2204', null) })).toEqual(['card-without-driver'])
    expect(codes({ runs, files: pci('0000:01:00.0', '10DE:2204', 'nouveau') })).toEqual(['open-driver'])
    expect(codes({ runs, files: pci('0000:01:00.0', '10DE:2204', 'vfio-pci') })).toEqual(['passed-through'])
    expect(codes({ runs, files: pci('0000:01:00.0', '10DE:2204', 'nvidia') })).toEqual(['no-nvidia-tools'])
    // A sound function, a bridge of NVSwitch and a USB controller are no cards.
    expect(codes({ runs, files: { ...pci('0000:01:00.1', '10DE:1AEF', 'snd_hda_intel', 'active', '40300'), ...pci('0000:02:00.0', '10DE:1AF1', null, 'active', '68000'), ...pci('0000:01:00.2', '10DE:1AD8', 'xhci_hcd', 'active', 'C0330') } })).toEqual(['no-nvidia-smi'])
    expect(codes({ runs: { [REPORT]: { stdout: capture('failures/no-communication.err.txt'), status: 9 } }, files: pci('0000:01:00.0', '10DE:2204', 'nouveau') })).toEqual(['open-driver'])
    expect(codes({ runs: { [REPORT]: { stdout: capture('failures/no-devices.err.txt'), status: 6 } }, files: pci('0000:01:00.0', '10DE:2204', 'vfio-pci') })).toEqual(['passed-through'])
  })

  it('knows a Jetson without nvidia-smi by its board', () => {
    const { gpus, findings } = read({ runs: { [REPORT]: ABSENT }, files: { '/proc/device-tree/model': 'NVIDIA Jetson AGX Orin Developer Kit\0', '/proc/meminfo': 'MemTotal: 64349184 kB\nMemAvailable: 60000000 kB\n' } })
    expect(gpus).toMatchObject([{ name: 'NVIDIA Jetson AGX Orin Developer Kit', kind: 'unified', memory: { totalBytes: 64349184 * 1024, freeBytes: 60000000 * 1024, usedBytes: null }, memorySource: 'meminfo' }])
    expect(findings.map((found) => found.code)).toEqual(['unified-memory'])
    expect(codes({ runs: { [REPORT]: ABSENT }, files: { '/proc/device-tree/model': 'Raspberry Pi Compute Module 5\0' } })).toEqual(['no-nvidia-smi'])
  })

  it('says so when a container was given no card', () => {
    expect(codes({ runs: { [REPORT]: ABSENT }, variables: { NVIDIA_VISIBLE_DEVICES: 'void' }, host: { environment: ['container'] } })).toEqual(['hidden-devices'])
    expect(codes({ runs: { [REPORT]: ABSENT }, variables: { NVIDIA_VISIBLE_DEVICES: 'all' }, host: { environment: ['container'] } })).toEqual(['no-nvidia-smi'])
  })

  it('names both versions of a driver that was updated', () => {
    const found = read({ runs: { [REPORT]: { stdout: capture('failures/nvml-mismatch-with-version.err.txt'), status: 18 } }, files: { '/proc/driver/nvidia/version': capture('proc/nvrm-version-open-module.txt') } }).findings
    expect(found).toMatchObject([{ code: 'version-mismatch', detail: 'Failed to initialize NVML: Driver/library version mismatch NVML library version: 570.124 kernel module: 515.57' }])
  })

  it('leaves a sleeping laptop GPU asleep and shows it from the system’s files', () => {
    const files = { ...pci('0000:01:00.0', '10DE:24DC', 'nvidia', 'suspended'), '/proc/driver/nvidia/gpus/0000:01:00.0/information': 'Model: \t\t NVIDIA GeForce RTX 3080 Laptop GPU\nGPU UUID: \t GPU-????????-????-????-????-????????????\nBus Location: \t 0000:01:00.0\n' }
    const { gpus, findings, seen } = read({ files })
    expect(gpus).toMatchObject([{ name: 'NVIDIA GeForce RTX 3080 Laptop GPU', uuid: null, key: '00000000:01:00.0', asleep: true, pciDeviceId: '10de:24dc', memory: { freeBytes: null } }])
    expect(findings).toMatchObject([{ code: 'gpu-asleep', severity: 'info', deviceKey: '00000000:01:00.0' }])
    expect(seen).toBe(true)
    expect(read({ files: pci('0000:01:00.0', '10DE:2684', 'nvidia', 'suspended') }).gpus).toMatchObject([{ asleep: true, memory: { totalBytes: null } }])
  })

  it('tells of cards that the driver holds but the tool leaves out, except in a container', () => {
    const files = { ...pci('0000:00:1e.0', '10DE:2237', 'nvidia'), ...pci('0000:00:1f.0', '10DE:2237', 'nvidia') }
    expect(read({ runs: { [REPORT]: xml('a10g') }, files }).findings).toMatchObject([{ code: 'incomplete-list', detail: '1 / 2: 0000:00:1f.0' }])
    expect(codes({ runs: { [REPORT]: xml('a10g') }, files, host: { environment: ['container'] } })).toEqual([])
    expect(codes({ runs: { [REPORT]: xml('a10g') }, files: { ...pci('0000:00:1e.0', '10DE:2237', 'nvidia'), ...pci('0000:00:1f.0', '10DE:2237', 'vfio-pci') } })).toEqual(['passed-through'])
  })
})
