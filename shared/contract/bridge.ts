import type { HostReply } from './errors.ts'
import type { EventName, EventPayload, MethodInput, MethodName, MethodOutput } from './methods.ts'

/** What the desktop app's preload puts at `window.headroom`. In a browser it is absent, and the same calls go over HTTP. */
export interface HeadroomBridge {
  readonly invoke: <M extends MethodName>(name: M, input: MethodInput<M>) => Promise<HostReply<MethodOutput<M>>>
  /** Calls back on every event of this name until the returned function is called. */
  readonly subscribe: <E extends EventName>(event: E, callback: (payload: EventPayload<E>) => void) => () => void
}
