/** What can go wrong on the host's side of the contract. Sentences are made where they are shown, from code and details. */
export type HostErrorCode =
  | 'invalid-input'
  | 'unknown-method'
  | 'not-found'
  | 'name-taken'
  | 'library-newer'
  | 'library-damaged'
  | 'library-busy'
  | 'library-read-only'
  | 'disk-full'
  | 'internal'

export interface HostError {
  readonly code: HostErrorCode
  /** English, for logs and the command line. */
  readonly message: string
  readonly details?: unknown
}

export type HostReply<T> = { readonly ok: true, readonly value: T } | { readonly ok: false, readonly error: HostError }
