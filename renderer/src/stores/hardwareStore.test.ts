import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test, vi } from 'vitest'
import type { Detection } from '#shared/contract/index.ts'
import { FakeHost } from '../host/fixtures/fakeHost.ts'

const fake = new FakeHost()
vi.mock('../host/client.ts', () => ({ get host () { return fake.client } }))
const { useHardwareStore } = await import('./hardwareStore.ts')
const { useMachineStore } = await import('./machineStore.ts')
const { useNoticeStore } = await import('./noticeStore.ts')
const { usePlanStore } = await import('./planStore.ts')

const detection = (change: Partial<Detection> = {}): Detection => ({
  gpus: [],
  findings: [],
  driverVersion: null,
  cudaVersion: null,
  topology: null,
  host: { name: 'box', platform: 'linux', ramTotalBytes: 0, ramFreeBytes: 0, cpuCount: 4, disk: null, environment: [] },
  probes: [],
  at: '2026-01-01T00:00:00.000Z',
  ...change
})

beforeEach(() => {
  setActivePinia(createPinia())
  fake.reset()
})

test('a host that goes offline keeps its last reading', async () => {
  const store = useHardwareStore()
  const seen = detection({ driverVersion: '570' })
  const offline = detection({ findings: [{ code: 'ssh-timed-out', severity: 'error', detail: null, vendor: null, deviceKey: null }] })
  fake.answers['hardware.detect'] = () => seen
  await store.detect('ssh:box', true)
  fake.answers['hardware.detect'] = () => offline
  await store.detect('ssh:box', true)
  expect(store.readingOf('ssh:box')).toMatchObject({ detection: seen, unreached: offline, looking: false })
  fake.answers['hardware.detect'] = () => seen
  await store.detect('ssh:box', true)
  expect(store.readingOf('ssh:box').unreached).toBe(null)
})

test('looking twice at once asks once', async () => {
  const store = useHardwareStore()
  fake.answers['hardware.detect'] = () => detection()
  await Promise.all([store.detect('local', false), store.detect('local', true)])
  expect(fake.inputsOf('hardware.detect')).toEqual([{ machine: 'local', refresh: false }])
})

test('a removed machine on paper comes back, in the target too', async () => {
  let saved = [{ id: 'one', machine: { kind: 'paper' as const, name: 'Rig', devices: [{ gpuId: 'rtx-4090', name: 'RTX 4090', memoryBytes: null, count: 2 }], ramBytes: null, diskBytes: null }, createdAt: '', updatedAt: '' }]
  fake.answers = {
    'machine.list': () => saved,
    'machine.remove': () => { saved = []; return {} },
    'machine.save': ({ machine }) => { saved = [{ ...saved[0]!, id: 'two', machine: machine as typeof saved[0]['machine'], createdAt: '', updatedAt: '' }]; return saved[0]! }
  }
  const machines = useMachineStore()
  const plan = usePlanStore()
  await machines.refresh()
  plan.addSource({ kind: 'paper', id: 'one' })
  await machines.remove(machines.find('one')!)
  expect(machines.paper).toEqual([])
  useNoticeStore().notices.at(-1)!.action!.run()
  await vi.waitFor(() => expect(plan.target.sources.at(-1)).toEqual({ kind: 'paper', id: 'two' }))
})

test('hosts of the configuration that are saved already are not suggested', async () => {
  fake.answers = {
    'machine.list': () => [{ id: 'one', machine: { kind: 'remote', name: 'Alpha', host: 'alpha', connectAtStart: false }, createdAt: '', updatedAt: '' }],
    'hardware.sshHosts': () => ['alpha', 'beta']
  }
  const machines = useMachineStore()
  await Promise.all([machines.refresh(), machines.readConfiguration()])
  expect(machines.suggestions).toEqual(['beta'])
})
