import type { EventName, EventPayload, HostReply, MethodInput, MethodName, MethodOutput } from '#shared/contract/index.ts'
import { unreachable, type Connection, type HostClient } from './hostClient.ts'

const WRITES: ReadonlySet<MethodName> = new Set(['scenario.save', 'scenario.annotate'])

type Heard = (message: MessageEvent<string>) => void

/** The served app: POST rpc/<method>, and server-sent events. */
export function fetchClient (base: string): HostClient {
  const watchers = new Set<(state: Connection) => void>()
  const heard = new Set<readonly [EventName, Heard]>()
  let state: Connection = 'open'
  let source: EventSource | null = null

  function become (next: Connection): void {
    if (next === state) return
    state = next
    for (const watcher of watchers) watcher(next)
  }

  /** The browser reconnects by itself while the server is away; a server that turns it away ends that. */
  function listen (): EventSource {
    if (source && source.readyState !== EventSource.CLOSED) return source
    source = new EventSource(new URL('events', base))
    source.addEventListener('open', () => become('open'))
    source.addEventListener('error', () => become(source?.readyState === EventSource.CLOSED ? 'expired' : 'lost'))
    for (const [event, listener] of heard) source.addEventListener(event, listener)
    return source
  }

  async function invoke<M extends MethodName> (method: M, input: MethodInput<M>): Promise<HostReply<MethodOutput<M>>> {
    try {
      const body = JSON.stringify(input)
      const response = await fetch(new URL(`rpc/${method}`, base), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        // What is written while the page goes away must arrive; a browser grants that to small requests only.
        keepalive: WRITES.has(method) && body.length < 60_000
      })
      if (response.status === 401) become('expired')
      const reply = await response.json() as HostReply<MethodOutput<M>>
      if (state !== 'open') listen()
      become('open')
      return reply
    } catch (error) {
      if (state === 'open') become('lost')
      return unreachable(error)
    }
  }

  return {
    invoke,
    subscribe (event, listener) {
      const entry = [event, (message: MessageEvent<string>) => listener(JSON.parse(message.data) as EventPayload<typeof event>)] as const
      heard.add(entry)
      listen().addEventListener(...entry)
      return () => {
        heard.delete(entry)
        source?.removeEventListener(...entry)
      }
    },
    watchConnection (listener) {
      watchers.add(listener)
      return () => watchers.delete(listener)
    },
    async reconnect () {
      await invoke('app.info', {})
    }
  }
}
