import type { LibraryNotice } from '#shared/contract/index.ts'
import { LibraryError, libraryFile, openLibrary, type Library } from '#main/library/index.ts'

/**
 * The way to the library for the whole life of a host. The workbench must work without a library too, so opening may fail;
 * every use tries again, because the other Headroom may have been closed or the disk freed meanwhile.
 */
export interface LibraryDoor {
  readonly path: string
  readonly notice: LibraryNotice | null
  /** Runs on the open library, or throws the LibraryError that keeps it shut. */
  use: <T>(run: (library: Library) => T) => Promise<T>
  close: () => void
}

export function libraryDoor (directory: string, open: typeof openLibrary = openLibrary): LibraryDoor {
  let opening: Promise<Library> | null = null
  let library: Library | null = null
  let notice: LibraryNotice | null = null
  let closed = false

  const enter = async (): Promise<Library> => {
    if (library) return library
    if (closed) throw new Error('The host is closed')
    opening ??= open(directory).finally(() => { opening = null })
    const opened = await opening
    if (library !== opened) {
      library = opened
      notice = opened.notice ?? notice
      if (closed) leave()
    }
    return opened
  }

  const leave = (): void => {
    const leaving = library
    library = null
    try {
      leaving?.close()
    } catch {
      // Only the backup or the tidying failed: every acknowledged save is on the disk already.
    }
  }

  return {
    path: libraryFile(directory),
    get notice () { return notice },
    use: async run => {
      const current = await enter()
      try {
        return run(current)
      } catch (error) {
        // Damage found while running: the next use opens anew, and opening recovers.
        if (error instanceof LibraryError && error.code === 'library-damaged') leave()
        throw error
      }
    },
    close: () => {
      closed = true
      leave()
    }
  }
}
