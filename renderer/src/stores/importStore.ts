import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { MAX_EXCHANGED, type HostError, type ImportEntry, type OpenedFile, type ScenarioSummary } from '#shared/contract/index.ts'
import { host } from '../host/client.ts'
import { trashScenarios } from './libraryActions.ts'
import { useNoticeStore } from './noticeStore.ts'

/** A file that is to be imported: what it holds, or why it cannot be read. */
export interface ImportedFile {
  readonly name: string
  readonly text: string
  readonly entries: readonly ImportEntry[]
  readonly problem: 'missing' | 'too-large' | 'unreadable' | null
}

/** One scenario of a file. */
export interface ImportRow extends ImportEntry {
  readonly key: string
  readonly file: number
}

const SQLITE = 'SQLite format 3'
/** Base64 is made piece by piece: a call takes only so many arguments. */
const PIECE = 3 * 8192

/** A document as text, a library file in base64. */
async function readFile (file: File): Promise<OpenedFile> {
  if (file.size > MAX_EXCHANGED) return { ok: false, name: file.name, problem: 'too-large' }
  try {
    const bytes = new Uint8Array(await file.arrayBuffer())
    const isLibrary = new TextDecoder('latin1').decode(bytes.subarray(0, SQLITE.length)) === SQLITE
    if (!isLibrary) return { ok: true, name: file.name, text: new TextDecoder().decode(bytes) }
    const pieces: string[] = []
    for (let i = 0; i < bytes.length; i += PIECE) pieces.push(btoa(String.fromCharCode(...bytes.subarray(i, i + PIECE))))
    const text = pieces.join('')
    return text.length > MAX_EXCHANGED ? { ok: false, name: file.name, problem: 'too-large' } : { ok: true, name: file.name, text }
  } catch {
    return { ok: false, name: file.name, problem: 'unreadable' }
  }
}

/** Files on their way into the library: looked at first, then added as the user chooses. Nothing there is replaced. */
export const useImportStore = defineStore('import', () => {
  const notices = useNoticeStore()
  const open = ref(false)
  const busy = ref(false)
  const files = shallowRef<readonly ImportedFile[]>([])
  const error = shallowRef<HostError | null>(null)
  const picked = shallowRef<ReadonlySet<string>>(new Set())

  const rows = computed<readonly ImportRow[]>(() => files.value.flatMap(({ entries }, file) => entries.map((entry) => ({ ...entry, file, key: `${file}:${entry.index}` }))))
  const isPickable = ({ state }: ImportEntry): boolean => state === 'new' || state === 'renamed'

  async function look (opened: readonly OpenedFile[]): Promise<void> {
    if (opened.length === 0) return
    open.value = true
    busy.value = true
    error.value = null
    const seen: ImportedFile[] = []
    for (const file of opened) {
      if (!file.ok) {
        seen.push({ name: file.name, text: '', entries: [], problem: file.problem })
        continue
      }
      const reply = await host.invoke('library.previewImport', { text: file.text })
      if (reply.ok) seen.push({ name: file.name, text: file.text, entries: reply.value, problem: null })
      else error.value = reply.error
    }
    files.value = seen
    picked.value = new Set(rows.value.filter(isPickable).map(({ key }) => key))
    busy.value = false
  }

  /** Reads files that were chosen or dropped, and shows what they hold. */
  async function importFiles (chosen: readonly File[]): Promise<void> {
    await look(await Promise.all(chosen.map(readFile)))
  }

  /** Files that the desktop app was asked to open. */
  async function takeOpened (): Promise<void> {
    const reply = await host.invoke('app.takeFiles', {})
    if (reply.ok) await look(reply.value)
  }

  function pick (key: string, wanted: boolean): void {
    const next = new Set(picked.value)
    if (wanted) next.add(key)
    else next.delete(key)
    picked.value = next
  }

  const pickAll = (wanted: boolean): void => { picked.value = new Set(wanted ? rows.value.filter(isPickable).map(({ key }) => key) : []) }

  /** Adds what is picked. Each file as a whole, or not at all. */
  async function add (): Promise<void> {
    busy.value = true
    error.value = null
    const added: ScenarioSummary[] = []
    for (const [i, { text }] of files.value.entries()) {
      const entries = rows.value.filter(({ file, key }) => file === i && picked.value.has(key)).map(({ index, name, suggestion }) => ({ index, name: suggestion ?? name }))
      if (entries.length === 0) continue
      const reply = await host.invoke('library.import', { text, entries })
      if (reply.ok) {
        added.push(...reply.value)
      } else {
        error.value = reply.error
        break
      }
    }
    busy.value = false
    if (added.length > 0) notices.show('notice.imported', { values: { count: added.length }, action: { label: 'action.undo', run: () => void trashScenarios(added) } })
    if (!error.value) close()
  }

  function close (): void {
    open.value = false
    files.value = []
    error.value = null
  }

  /** Shows files that the desktop app opens, now and later. Returns what ends it. */
  function watchOpened (): () => void {
    void takeOpened()
    return host.subscribe('app.filesOpened', () => void takeOpened())
  }

  return { open, busy, files, rows, error, picked, isPickable, importFiles, pick, pickAll, add, close, watchOpened }
})
