import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { chooseEncoding, compress, type Encoding } from './compression.ts'
import { contentType, isCompressible } from './contentTypes.ts'
import { SECURITY_HEADERS, textResponse } from './securityHeaders.ts'

export type WebHandler = (request: Request) => Promise<Response>

interface CachedFile {
  readonly version: string
  readonly body: Buffer
  readonly encoded: Map<Encoding, Promise<Buffer>>
}

/** Serves the files of one folder and nothing outside it: over HTTP as well as over the desktop app's own scheme. */
export function staticFiles (root: string): WebHandler {
  const cache = new Map<string, CachedFile>()

  const load = async (file: string): Promise<CachedFile | null> => {
    const found = await stat(file).catch(() => null)
    if (!found?.isFile()) return null
    const version = `${found.size.toString(36)}-${found.mtimeMs.toString(36)}`
    const known = cache.get(file)
    if (known?.version === version) return known
    const entry = { version, body: await readFile(file), encoded: new Map() }
    cache.set(file, entry)
    return entry
  }

  const encode = (entry: CachedFile, encoding: Encoding): Promise<Buffer> => {
    const running = entry.encoded.get(encoding) ?? compress(entry.body, encoding)
    entry.encoded.set(encoding, running)
    return running
  }

  return async request => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return textResponse(405, 'Only GET and HEAD are allowed here.', { Allow: 'GET, HEAD' })
    const file = locate(root, new URL(request.url).pathname)
    const entry = file === null ? null : await load(file)
    if (file === null || entry === null) return textResponse(404, 'There is no such file.')

    const etag = `W/"${entry.version}"`
    const headers: Record<string, string> = {
      ...SECURITY_HEADERS,
      'Content-Type': contentType(file),
      'Cache-Control': isHashed(root, file) ? 'private, max-age=31536000, immutable' : 'no-cache',
      'ETag': etag,
      'Vary': 'Accept-Encoding'
    }
    if (request.headers.get('if-none-match')?.split(',').some(tag => tag.trim() === etag)) return new Response(null, { status: 304, headers })

    const encoding = isCompressible(file) && entry.body.length > 1024 ? chooseEncoding(request.headers.get('accept-encoding')) : null
    const body = encoding === null ? entry.body : await encode(entry, encoding)
    if (encoding !== null) headers['Content-Encoding'] = encoding
    headers['Content-Length'] = String(body.length)
    return new Response(request.method === 'HEAD' ? null : new Uint8Array(body), { headers })
  }
}

/** The file that a URL path names, null when it names none or one outside the root. */
function locate (root: string, pathname: string): string | null {
  let decoded: string
  try {
    decoded = decodeURIComponent(pathname)
  } catch {
    return null
  }
  // A backslash is a separator on Windows only, and no file of ours has one in its name.
  if (/[\0\\:]/.test(decoded)) return null
  const file = path.resolve(root, `.${decoded.endsWith('/') ? `${decoded}index.html` : decoded}`)
  const within = path.relative(root, file)
  return within !== '' && !within.startsWith('..') && !path.isAbsolute(within) ? file : null
}

/** Files that the build names after their content never change. */
const isHashed = (root: string, file: string): boolean =>
  path.relative(root, file).startsWith(`assets${path.sep}`) && /-[\w-]{8}\.\w+$/.test(file)
