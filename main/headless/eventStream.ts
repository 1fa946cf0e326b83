import { SECURITY_HEADERS, textResponse, type Host } from '#main/host/index.ts'

/** A comment now and then keeps proxies from closing a quiet stream and lets the server notice a browser that went away. */
const HEARTBEAT_MS = 20_000
/** Events that may wait for a slow browser. */
const MOST_WAITING = 60

/** Answers `GET /events` with server-sent events until the browser leaves or the signal comes. */
export function eventStream (host: Host, request: Request, stop: AbortSignal): Response {
  if (request.method !== 'GET') return textResponse(405, 'Only GET is allowed here.', { Allow: 'GET' })
  let leave = (): void => {}
  const body = new ReadableStream<Uint8Array>({
    start: controller => {
      const encoder = new TextEncoder()
      const send = (text: string) => { controller.enqueue(encoder.encode(text)) }
      const unsubscribe = host.subscribe((name, payload) => {
        // A browser that does not keep up misses readings, of which the next one comes soon, never a change of state.
        if (name === 'monitor.sample' && (controller.desiredSize ?? 0) < -MOST_WAITING) return
        send(`event: ${name}\ndata: ${JSON.stringify(payload)}\n\n`)
      })
      const heartbeat = setInterval(() => { send(':\n\n') }, HEARTBEAT_MS)
      const end = () => {
        leave()
        controller.close()
      }
      leave = () => {
        clearInterval(heartbeat)
        unsubscribe()
        stop.removeEventListener('abort', end)
      }
      stop.addEventListener('abort', end)
      send('retry: 2000\n\n')
    },
    cancel: () => { leave() }
  })
  return new Response(body, {
    headers: { ...SECURITY_HEADERS, 'Content-Type': 'text/event-stream; charset=utf-8', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' }
  })
}
