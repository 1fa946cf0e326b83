import type { HeadroomBridge } from '#shared/contract/bridge.ts'
import type { EventName, EventPayload, HostReply, MethodInput, MethodName, MethodOutput } from '#shared/contract/index.ts'

declare global {
  interface Window {
    /** Put there by the preload script of the desktop app; absent in a browser. */
    readonly headroom?: HeadroomBridge
  }
}

export interface HostClient {
  /** Never throws: an unreachable host is a reply with an error like any other. */
  readonly invoke: <M extends MethodName>(method: M, input: MethodInput<M>) => Promise<HostReply<MethodOutput<M>>>
  readonly subscribe: <E extends EventName>(event: E, listener: (payload: EventPayload<E>) => void) => () => void
}

const unreachable = (error: unknown): HostReply<never> => ({
  ok: false,
  error: { code: 'internal', message: error instanceof Error ? error.message : String(error), details: { unreachable: true } }
})

/** The desktop app: one IPC channel behind the bridge. */
function bridgeClient (bridge: HeadroomBridge): HostClient {
  return {
    async invoke (method, input) {
      try {
        return await bridge.invoke(method, input)
      } catch (error) {
        return unreachable(error)
      }
    },
    subscribe: (event, listener) => bridge.subscribe(event, listener)
  }
}

/** The served app: POST rpc/<method>, and server-sent events. */
function fetchClient (base: string): HostClient {
  let source: EventSource | null = null
  return {
    async invoke (method, input) {
      try {
        const response = await fetch(new URL(`rpc/${method}`, base), {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(input)
        })
        return await response.json() as HostReply<MethodOutput<typeof method>>
      } catch (error) {
        return unreachable(error)
      }
    },
    subscribe (event, listener) {
      source ??= new EventSource(new URL('events', base))
      const handle = (message: MessageEvent<string>) => listener(JSON.parse(message.data) as EventPayload<typeof event>)
      source.addEventListener(event, handle)
      return () => source?.removeEventListener(event, handle)
    }
  }
}

/** The only place that knows which host there is. */
export const host: HostClient = window.headroom ? bridgeClient(window.headroom) : fetchClient(document.baseURI)
