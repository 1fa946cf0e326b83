import type { HostErrorCode, HostErrorDetails } from '#shared/contract/index.ts'

/** A failure of the library that the user can be told about: code and details as in the contract. */
export class LibraryError<C extends HostErrorCode = HostErrorCode> extends Error {
  readonly code: C
  readonly details: HostErrorDetails[C]

  constructor (code: C, message: string, details: HostErrorDetails[C], cause?: unknown) {
    super(message, { cause })
    this.name = 'LibraryError'
    this.code = code
    this.details = details
  }
}

/** An error of SQLite or of the file system as a LibraryError, or unchanged when it is none of the known ones. */
export function toLibraryError (error: unknown, file: string): unknown {
  const code = (error as { code?: unknown } | null)?.code
  if (error instanceof LibraryError || typeof code !== 'string') return error
  if (code === 'SQLITE_FULL' || code === 'ENOSPC' || code === 'EDQUOT') {
    return new LibraryError('disk-full', `The disk that holds ${file} is full. Free some space and save again.`, { path: file }, error)
  }
  if (/^SQLITE_(READONLY|CANTOPEN|PERM|AUTH)/.test(code) || ['EACCES', 'EPERM', 'EROFS'].includes(code)) {
    return new LibraryError('library-read-only', `${file} cannot be written (${code}). Allow writing to its folder, or set HEADROOM_DATA to another folder.`, { path: file }, error)
  }
  if (code === 'ENOTDIR' || code === 'EEXIST') {
    return new LibraryError('library-unusable', `${file} cannot be made: part of its path is a file (${code}). Set HEADROOM_DATA to another folder.`, { path: file, reason: 'file-system' }, error)
  }
  if (isDamage(error)) {
    return new LibraryError('library-damaged', `${file} is damaged (${code}).`, { path: file }, error)
  }
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) {
    return new LibraryError('library-busy', `${file} is in use by another program. Close it and try again.`, { path: file, pid: null }, error)
  }
  return error
}

/** True for SQLite's own word that the file is not a sound database. Everything else, I/O errors included, is not damage. */
export function isDamage (error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' && (/^SQLITE_CORRUPT/.test(code) || code === 'SQLITE_NOTADB' || code === 'library-damaged')
}
