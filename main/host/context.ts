import type { MethodInput, MethodName, MethodOutput } from '#shared/contract/index.ts'
import type { Library } from '#main/library/index.ts'
import type { Events } from './events.ts'
import type { Hardware } from './hardware.ts'
import type { OpenedFiles } from './openedFiles.ts'
import type { LibraryDoor } from './libraryDoor.ts'

/** What handlers work with. */
export interface HostContext {
  readonly version: string
  readonly mode: 'desktop' | 'served'
  readonly library: LibraryDoor
  readonly hardware: Hardware
  readonly events: Events
  readonly files: OpenedFiles
}

export type Handler<M extends MethodName> = (input: MethodInput<M>, context: HostContext) => MethodOutput<M> | Promise<MethodOutput<M>>

/** The handlers of the methods whose names begin with a domain, complete: a missing one does not compile. */
export type HandlersOf<Domain extends string> = { readonly [M in Extract<MethodName, `${Domain}.${string}`>]: Handler<M> }
export type Handlers = { readonly [M in MethodName]: Handler<M> }

/** Changes the library, then tells every window. */
export async function change<T> ({ library, events }: HostContext, run: (library: Library) => T): Promise<T> {
  const value = await library.use(run)
  events.emit('library.changed', {})
  return value
}
