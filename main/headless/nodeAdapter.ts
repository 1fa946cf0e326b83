import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { inputLimit } from '#shared/contract/index.ts'
import { textResponse } from '#main/host/index.ts'

/** The request's own URL, null when it does not name a path. Its origin stands for this server, whatever the Host header says. */
export function urlOf (request: IncomingMessage): URL | null {
  const target = request.url ?? ''
  return target.startsWith('/') ? URL.parse(`http://workbench${target}`) : null
}

/** A Node request as a web one, or the response that refuses its body. */
export async function toWebRequest (request: IncomingMessage, url: URL): Promise<Request | Response> {
  const method = request.method ?? 'GET'
  const headers = new Headers()
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value)
  }
  if (method === 'GET' || method === 'HEAD') return new Request(url, { method, headers })
  const limit = inputLimit(url.pathname.replace('/rpc/', ''))
  const body = await readBody(request, limit)
  if (body === null) return textResponse(413, `The body is larger than ${limit} bytes.`, { Connection: 'close' })
  return new Request(url, { method, headers, body: new Uint8Array(body) })
}

async function readBody (request: IncomingMessage, limit: number): Promise<Buffer | null> {
  if (Number(request.headers['content-length'] ?? 0) > limit) return null
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limit) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Sends a web response; a browser that goes away in the middle is no error. */
export async function send (response: Response, to: ServerResponse): Promise<void> {
  to.writeHead(response.status, [...response.headers].flat())
  if (response.body === null) {
    to.end()
    return
  }
  try {
    // The two declarations of the same stream, the web's and Node's, do not know each other.
    await pipeline(Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]), to)
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error
  }
}
