import { describeHostError, describeLibraryNotice, type HostError } from '#shared/contract/index.ts'
import { dataDirectory, LibraryError, openLibrary, type Library } from '#main/library/index.ts'
import { InputError } from './exit.ts'
import type { Terminal } from './terminal.ts'

/** Runs on the user's library and closes it. What keeps it shut, or what it refuses, is an InputError with the remedy. */
export async function withLibrary<T> (terminal: Terminal, run: (library: Library) => T | Promise<T>): Promise<T> {
  const library = await openLibrary(dataDirectory()).catch((error: unknown) => { throw explained(error, terminal) })
  if (library.notice) terminal.printError(describeLibraryNotice(library.notice, terminal.locale))
  try {
    return await run(library)
  } catch (error) {
    throw explained(error, terminal)
  } finally {
    try {
      library.close()
    } catch {
      // Only the backup or the tidying failed: what was saved is on the disk.
    }
  }
}

function explained (error: unknown, { locale }: Terminal): unknown {
  return error instanceof LibraryError ? new InputError(describeHostError(error as HostError, locale)) : error
}
