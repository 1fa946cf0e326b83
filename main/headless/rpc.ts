import type { HostReply } from '#shared/contract/index.ts'
import { SECURITY_HEADERS, textResponse, type Host } from '#main/host/index.ts'

/** Answers `POST /rpc/<name>`. The reply is a HostReply with status 200, whether the call succeeded or not; only a request that is no call at all gets another status. */
export async function answerCall (host: Host, name: string, request: Request): Promise<Response> {
  if (request.method !== 'POST') return textResponse(405, 'Only POST is allowed here.', { Allow: 'POST' })
  // Other content types can be sent across origins without asking first.
  if (!/^application\/json\s*(;|$)/i.test(request.headers.get('content-type') ?? '')) return textResponse(415, 'The body must be application/json.')
  let input: unknown
  try {
    input = await request.json()
  } catch (error) {
    const message = `The body is not JSON: ${(error as Error).message}`
    return jsonResponse(400, { ok: false, error: { code: 'invalid-input', message, details: { problems: [{ path: '', message }] } } })
  }
  return jsonResponse(200, await host.dispatch(name, input))
}

function jsonResponse (status: number, reply: HostReply<unknown>): Response {
  return new Response(JSON.stringify(reply), {
    status,
    headers: { ...SECURITY_HEADERS, 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' }
  })
}
