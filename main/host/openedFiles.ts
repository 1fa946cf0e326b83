import { readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { MAX_EXCHANGED, type OpenedFile } from '#shared/contract/index.ts'
import type { Events } from './events.ts'

/** Files that the system asked the app to open, kept until the window takes them: it may not be there yet. */
export interface OpenedFiles {
  readonly open: (file: string) => void
  readonly take: () => OpenedFile[]
}

export function createOpenedFiles (events: Events): OpenedFiles {
  let waiting: OpenedFile[] = []
  return {
    open: (file) => {
      waiting.push(read(file))
      events.emit('app.filesOpened', {})
    },
    take: () => {
      const taken = waiting
      waiting = []
      return taken
    }
  }
}

/** A document as text, a library file in base64, as `library.previewImport` takes them. */
function read (file: string): OpenedFile {
  const name = path.basename(file)
  try {
    const { size } = statSync(file)
    const bytes = size > MAX_EXCHANGED ? null : readFileSync(file)
    const text = bytes && (bytes.subarray(0, 15).toString('latin1') === 'SQLite format 3' ? bytes.toString('base64') : bytes.toString('utf8'))
    return text !== null && text.length <= MAX_EXCHANGED ? { ok: true, name, text } : { ok: false, name, problem: 'too-large' }
  } catch (error) {
    return { ok: false, name, problem: (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'missing' : 'unreadable' }
  }
}
