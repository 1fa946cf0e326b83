import { describe, expect, it } from 'vitest'
import { evidenceOf } from './fixtures/evidence.ts'
import { capture } from './fixtures/nvidia/captures.ts'
import { LSPCI, pciDevices } from './pciDevices.ts'
import { readLspci } from './readLspci.ts'
import { shouldRun } from './shouldRun.ts'
import type { Probe } from './evidence.ts'

const listed = (file: string) => pciDevices(evidenceOf({ runs: { [LSPCI]: capture(`lspci/${file}`) } }))

describe('lspci', () => {
  it('names cards and their drivers, not their sound functions', () => {
    expect(listed('2x-rtx3090.lspci-nnk.txt')).toEqual(['05', '0a'].map((bus) => (
      { slot: `0000:${bus}:00.0`, vendorId: '10de', deviceId: '2204', classCode: '0300', driver: 'nvidia', name: 'NVIDIA Corporation GA102 [GeForce RTX 3090]', suspended: false })))
    expect(listed('rtx3080-20gb-mod-and-5090.lspci-nnk.txt').map((device) => device.deviceId)).toEqual(['2206', '2b85'])
  })

  it('leaves out the bridges of NVSwitch, and does not know drivers that were not asked for', () => {
    const cards = listed('8x-a100.lspci-nn.txt')
    expect(cards.filter((device) => device.vendorId === '10de').map((device) => device.deviceId)).toEqual(Array(8).fill('20b2'))
    expect(cards.every((device) => device.driver === undefined)).toBe(true)
    expect(listed('a10.lspci-nn.txt').filter((device) => device.vendorId === '10de').map((device) => device.deviceId)).toEqual(['2236'])
  })

  it('reads listings without ids', () => {
    expect(listed('gb200.lspci.txt').filter((device) => device.vendorId === '10de')).toMatchObject(Array(4).fill({ deviceId: '2941', classCode: '0302' }))
    const cards = listed('lspci-vvv.txt')
    expect(cards.filter((device) => device.vendorId === '10de')).toMatchObject(Array(8).fill({ deviceId: '2330', classCode: '0302', driver: 'nvidia' }))
  })

  it.each(['', 'lspci: command not found', '00:00.0', '\tKernel driver in use: nvidia'])('finds nothing in %j', (text) => { expect(readLspci(text)).toEqual([]) })
})

const uevent = (id: string, classCode: string, driver?: string): string => `${driver === undefined ? '' : `DRIVER=${driver}\n`}PCI_CLASS=${classCode}\nPCI_ID=${id}\nPCI_SUBSYS_ID=1458:4043\nPCI_SLOT_NAME=0000:01:00.0\nMODALIAS=pci:v000010DE\n`

describe('sysfs', () => {
  it('tells class, ids, driver and sleep; a class below 10 has five digits', () => {
    const files = {
      '/sys/bus/pci/devices/0000:01:00.0/uevent': uevent('10DE:2204', '30000', 'nouveau'),
      '/sys/bus/pci/devices/0000:01:00.0/power/runtime_status': 'suspended\n',
      '/sys/bus/pci/devices/0000:00:02.0/uevent': uevent('8086:9BC4', '38000'),
      '/sys/bus/pci/devices/0000:03:00.0/uevent': uevent('1E52:B140', '120000', 'x'),
      '/sys/bus/pci/devices/0000:04:00.0/uevent': uevent('10DE:1AEF', '40300'),
      '/sys/bus/pci/devices/0000:05:00.0/uevent': 'garbage'
    }
    expect(pciDevices(evidenceOf({ files })).map(({ slot, classCode, driver, suspended }) => [slot, classCode, driver, suspended])).toEqual([
      ['0000:00:02.0', '0380', null, false], ['0000:01:00.0', '0300', 'nouveau', true], ['0000:03:00.0', '1200', 'x', false]
    ])
  })
})

describe('shouldRun', () => {
  const probe = (part: Partial<Probe>): Probe => ({ name: 'p', vendor: 'nvidia', tool: 'p', args: [], systems: ['linux'], timeoutMs: 1, ...part })
  const status = (slot: string, id: string, value: string, driver = 'own'): [string, string][] => [[`/sys/bus/pci/devices/${slot}/uevent`, uevent(id, '30000', driver)], [`/sys/bus/pci/devices/${slot}/power/runtime_status`, value]]

  it('wakes no card that sleeps', () => {
    const laptop = new Map([...status('0000:00:02.0', '8086:9BC4', 'active'), ...status('0000:01:00.0', '10DE:24DC', 'suspended')])
    expect(shouldRun(probe({ wakes: '10de' }), 'linux', laptop, new Map())).toBe(false)
    expect(shouldRun(probe({ wakes: '8086' }), 'linux', laptop, new Map())).toBe(true)
    expect(shouldRun(probe({ wakes: '*' }), 'linux', laptop, new Map())).toBe(false)
    const docked = new Map([...laptop, ...status('0000:02:00.0', '10DE:2684', 'active')])
    expect(shouldRun(probe({ wakes: '10de' }), 'linux', docked, new Map())).toBe(true)
    expect(shouldRun(probe({ wakes: '10de' }), 'linux', new Map(), new Map())).toBe(true)
    const given = new Map([...status('0000:01:00.0', '10DE:2684', 'suspended', 'vfio-pci'), ...status('0000:02:00.0', '10DE:2684', 'active', 'nvidia')])
    expect(shouldRun(probe({ wakes: '10de' }), 'linux', given, new Map())).toBe(true)
    expect(shouldRun(probe({ wakes: '10de' }), 'linux', new Map(status('0000:01:00.0', '10DE:2684', 'suspended', 'vfio-pci')), new Map())).toBe(true)
  })

  it('keeps to the system, and to what earlier probes said', () => {
    expect(shouldRun(probe({}), 'darwin', new Map(), new Map())).toBe(false)
    const runs = evidenceOf({ runs: { a: '<attached_gpus>12</attached_gpus>', b: { path: null } } }).runs
    expect(shouldRun(probe({ after: { probe: 'a', matching: '<attached_gpus>([2-9]|[1-9][0-9])' } }), 'linux', new Map(), runs)).toBe(true)
    expect(shouldRun(probe({ after: { probe: 'a', matching: '<mig_device>' } }), 'linux', new Map(), runs)).toBe(false)
    expect(shouldRun(probe({ after: { probe: 'c', matching: '' } }), 'linux', new Map(), new Map())).toBe(false)
    expect(shouldRun(probe({ without: ['a'] }), 'linux', new Map(), runs)).toBe(false)
    expect(shouldRun(probe({ without: ['b'] }), 'linux', new Map(), runs)).toBe(true)
  })
})
