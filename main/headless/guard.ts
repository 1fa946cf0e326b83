import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { SECURITY_HEADERS, textResponse } from '#main/host/index.ts'
import { nameInHostHeader } from './hostNames.ts'
import { tokenPage } from './tokenPage.ts'

export interface Guard {
  /** In the printed URL: `?token=…`. */
  readonly token: string
  /** The response that turns a request away, or exchanges its token for a cookie; null when the request may go on. */
  readonly check: (method: string, url: URL, headers: IncomingHttpHeaders) => Response | null
}

/**
 * Lets in only the browser that was given the printed URL. The token is exchanged for a cookie that scripts cannot read and
 * other sites cannot send; the cookie's name is the server's own, since browsers share cookies between ports.
 */
export function createGuard (acceptedNames: ReadonlySet<string>): Guard {
  const token = randomBytes(32).toString('base64url')
  const session = randomBytes(32).toString('base64url')
  const cookie = `headroom-${randomBytes(4).toString('hex')}`

  return {
    token,
    check: (method, url, headers) => {
      const name = nameInHostHeader(headers.host)
      if (name === null || !acceptedNames.has(name)) {
        return textResponse(421, 'This server does not answer to that name. Open the address that Headroom printed.\n此服务器不接受该主机名。请打开 Headroom 输出的地址。')
      }
      if (headers.origin !== undefined && !isOwnOrigin(headers.origin, headers.host)) {
        return textResponse(403, 'Requests from other sites are refused.\n拒绝来自其他网站的请求。')
      }
      const offered = url.searchParams.get('token')
      if (offered !== null && (method === 'GET' || method === 'HEAD') && equal(offered, token)) return exchange(url, cookie, session)
      return equal(cookieValue(headers.cookie, cookie), session) ? null : turnAway(headers.accept)
    }
  }
}

function isOwnOrigin (origin: string, host: string | undefined): boolean {
  const own = /^https?:\/\/(.+)$/i.exec(origin)?.[1]
  return own !== undefined && own.toLowerCase() === host?.toLowerCase()
}

function exchange (url: URL, cookie: string, session: string): Response {
  const rest = new URLSearchParams(url.searchParams)
  rest.delete('token')
  const query = rest.size > 0 ? `?${rest}` : ''
  return textResponse(303, 'Continue at the address without the token.', {
    // A path that begins with two slashes would name another server.
    'Location': `${url.pathname.replace(/^\/{2,}/, '/')}${query}`,
    'Set-Cookie': `${cookie}=${session}; HttpOnly; SameSite=Strict; Path=/`
  })
}

function turnAway (accept: string | undefined): Response {
  if (!accept?.includes('text/html')) return textResponse(401, 'The token is missing. Open the address with ?token=… that Headroom printed.\n缺少令牌。请打开 Headroom 输出的带有 ?token=… 的地址。')
  return new Response(tokenPage, { status: 401, headers: { ...SECURITY_HEADERS, 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' } })
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** Takes the same time wherever the two differ. */
const equal = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b))

function cookieValue (header: string | undefined, name: string): string {
  for (const pair of header?.split(';') ?? []) {
    const [key, value] = pair.trim().split('=', 2)
    if (key === name) return value ?? ''
  }
  return ''
}
