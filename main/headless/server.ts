import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { staticFiles, textResponse, type Host, type WebHandler } from '#main/host/index.ts'
import { eventStream } from './eventStream.ts'
import type { Guard } from './guard.ts'
import { send, toWebRequest, urlOf } from './nodeAdapter.ts'
import { answerCall } from './rpc.ts'

/** The workbench over HTTP: its files, the contract's calls and its events, all behind the guard. */
export function createWorkbenchServer (host: Host, guard: Guard, rendererFolder: string, stop: AbortSignal): Server {
  const route = router(host, rendererFolder, stop)
  const answer = async (request: IncomingMessage): Promise<Response> => {
    const url = urlOf(request)
    if (url === null) return textResponse(400, 'The request names no path.')
    const refusal = guard.check(request.method ?? 'GET', url, request.headers)
    if (refusal !== null) return refusal
    const incoming = await toWebRequest(request, url)
    return incoming instanceof Response ? incoming : route(incoming)
  }
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const answered = await answer(request).catch(() => textResponse(500, 'Something went wrong inside Headroom.'))
    await send(answered, response)
  }
  return createServer((request, response) => {
    handle(request, response).catch(() => { response.destroy() })
  })
}

function router (host: Host, rendererFolder: string, stop: AbortSignal): WebHandler {
  const files = staticFiles(rendererFolder)
  return async request => {
    const { pathname } = new URL(request.url)
    if (pathname === '/events') return eventStream(host, request, stop)
    const name = /^\/rpc\/([\w.-]+)$/.exec(pathname)?.[1]
    return name === undefined ? files(request) : answerCall(host, name, request)
  }
}
