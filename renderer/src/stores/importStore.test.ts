import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test, vi } from 'vitest'
import type { ImportEntry } from '#shared/contract/index.ts'
import { FakeHost } from '../host/fixtures/fakeHost.ts'

const fake = new FakeHost()
vi.mock('../host/client.ts', () => ({ get host () { return fake.client } }))
const { useImportStore } = await import('./importStore.ts')

const entry = (index: number, state: ImportEntry['state'], name = `S${index}`): ImportEntry =>
  ({ index, name, model: 'm', method: 'lora', state, suggestion: state === 'renamed' ? `${name} (2)` : null, problem: state === 'refused' ? { en: 'no', zh: '不' } : null })

beforeEach(() => {
  setActivePinia(createPinia())
  fake.reset()
  fake.answers['library.previewImport'] = () => [entry(0, 'new'), entry(1, 'same'), entry(2, 'renamed'), entry(3, 'refused')]
  fake.answers['library.import'] = () => []
})

test('what is new or has another name is picked, and is added under the free name', async () => {
  const store = useImportStore()
  await store.importFiles([new File(['{"a":"中文"}'], 'a.headroom')])
  expect(fake.inputsOf('library.previewImport')).toEqual([{ text: '{"a":"中文"}' }])
  expect(store.open).toBe(true)
  expect([...store.picked]).toEqual(['0:0', '0:2'])
  await store.add()
  expect(fake.inputsOf('library.import')).toEqual([{ text: '{"a":"中文"}', entries: [{ index: 0, name: 'S0' }, { index: 2, name: 'S2 (2)' }] }])
  expect(store.open).toBe(false)
})

test('a library file is handed over in base64', async () => {
  const bytes = new Uint8Array(100_000).map((_, i) => i % 251)
  bytes.set(new TextEncoder().encode('SQLite format 3\0'))
  await useImportStore().importFiles([new File([bytes], 'library.db')])
  const [{ text }] = fake.inputsOf('library.previewImport') as [{ text: string }]
  expect(Buffer.from(text, 'base64').equals(Buffer.from(bytes))).toBe(true)
})

test('what was refused by the host stays open with the reason', async () => {
  fake.answers['library.import'] = () => ({ ok: false, error: { code: 'disk-full', message: 'full', details: {} } })
  const store = useImportStore()
  await store.importFiles([new File(['{}'], 'a.headroom')])
  await store.add()
  expect(store.open).toBe(true)
  expect(store.error).toMatchObject({ code: 'disk-full' })
})

test('files that the app was asked to open are shown, also one that is gone', async () => {
  fake.answers['app.takeFiles'] = () => [{ ok: false, name: 'gone.headroom', problem: 'missing' }, { ok: true, name: 'b.headroom', text: '{}' }]
  const store = useImportStore()
  store.watchOpened()
  await vi.waitUntil(() => store.files.length === 2)
  expect(store.files.map(({ problem }) => problem)).toEqual(['missing', null])
  expect(store.rows.every(({ file }) => file === 1)).toBe(true)
})
