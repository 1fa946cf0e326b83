import type { Detection, MethodInput, MethodName, MethodOutput } from '#shared/contract/index.ts'
import type { Events } from './events.ts'
import type { LibraryDoor } from './libraryDoor.ts'

/** What handlers work with. */
export interface HostContext {
  readonly version: string
  readonly mode: 'desktop' | 'served'
  readonly library: LibraryDoor
  readonly readHardware: (refresh: boolean) => Promise<Detection>
  readonly events: Events
}

export type Handler<M extends MethodName> = (input: MethodInput<M>, context: HostContext) => MethodOutput<M> | Promise<MethodOutput<M>>

/** The handlers of the methods whose names begin with a domain, complete: a missing one does not compile. */
export type HandlersOf<Domain extends string> = { readonly [M in Extract<MethodName, `${Domain}.${string}`>]: Handler<M> }
export type Handlers = { readonly [M in MethodName]: Handler<M> }
