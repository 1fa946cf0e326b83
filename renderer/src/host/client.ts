import type { HeadroomBridge } from '#shared/contract/bridge.ts'
import { fetchClient } from './fetchClient.ts'
import { unreachable, type HostClient } from './hostClient.ts'

export type { Connection, HostClient } from './hostClient.ts'

declare global {
  interface Window {
    /** Put there by the preload script of the desktop app; absent in a browser. */
    readonly headroom?: HeadroomBridge
  }
}

/** The desktop app: one IPC channel behind the bridge. Its host ends with the window. */
function bridgeClient (bridge: HeadroomBridge): HostClient {
  return {
    async invoke (method, input) {
      try {
        return await bridge.invoke(method, input)
      } catch (error) {
        return unreachable(error)
      }
    },
    subscribe: (event, listener) => bridge.subscribe(event, listener),
    watchConnection: () => () => {},
    reconnect: () => Promise.resolve()
  }
}

/** The only place that knows which host there is. */
export const host: HostClient = window.headroom ? bridgeClient(window.headroom) : fetchClient(document.baseURI)
