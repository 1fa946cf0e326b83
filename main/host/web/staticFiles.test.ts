import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CONTENT_SECURITY_POLICY, staticFiles, type WebHandler } from './index.ts'

const script = 'console.log("headroom")\n'.repeat(200)
let folder = ''
let handle: WebHandler

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'headroom-web-'))
  mkdirSync(path.join(folder, 'site', 'assets'), { recursive: true })
  writeFileSync(path.join(folder, 'secret.txt'), 'secret')
  writeFileSync(path.join(folder, 'site', 'index.html'), '<!doctype html><title>Headroom</title>')
  writeFileSync(path.join(folder, 'site', 'assets', 'index-D3adB_f0.js'), script)
  writeFileSync(path.join(folder, 'site', 'assets', 'font-D3adB_f0.woff2'), Buffer.alloc(5000, 1))
  handle = staticFiles(path.join(folder, 'site'))
})

afterAll(() => { rmSync(folder, { recursive: true, force: true }) })

const get = (target: string, headers: Record<string, string> = {}, method = 'GET') =>
  handle(new Request(new URL(target, 'app://workbench/'), { method, headers }))

describe('static files', () => {
  it.each(['app://workbench/', 'http://127.0.0.1:8000/', 'app://workbench/index.html'])('%s is the page, with the policy that lets only our files run', async url => {
    const response = await handle(new Request(url))
    expect(response.status).toBe(200)
    expect(await response.text()).toContain('<title>Headroom</title>')
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': CONTENT_SECURITY_POLICY,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-cache'
    })
  })

  it('has a policy without unsafe script', () => {
    const directives = new Map(CONTENT_SECURITY_POLICY.split('; ').map(directive => [directive.split(' ')[0], directive]))
    expect(directives.get('script-src')).toBe("script-src 'self'")
    expect(directives.get('default-src')).toBe("default-src 'none'")
    expect(CONTENT_SECURITY_POLICY).not.toContain('unsafe-eval')
  })

  it('compresses text as the browser prefers, and lets hashed files be kept', async () => {
    const file = '/assets/index-D3adB_f0.js'
    const brotli = await get(file, { 'accept-encoding': 'gzip, deflate, br' })
    expect(brotli.headers.get('content-encoding')).toBe('br')
    expect(brotli.headers.get('cache-control')).toBe('private, max-age=31536000, immutable')
    expect(brotliDecompressSync(Buffer.from(await brotli.arrayBuffer())).toString()).toBe(script)
    const gzip = await get(file, { 'accept-encoding': 'gzip, br;q=0' })
    expect(gunzipSync(Buffer.from(await gzip.arrayBuffer())).toString()).toBe(script)
    const plain = await get(file)
    expect(plain.headers.get('content-encoding')).toBeNull()
    expect(await plain.text()).toBe(script)
    expect((await get('/assets/font-D3adB_f0.woff2', { 'accept-encoding': 'br' })).headers.get('content-encoding')).toBeNull()
  })

  it('sends nothing again that has not changed', async () => {
    const etag = (await get('/')).headers.get('etag') ?? ''
    expect((await get('/', { 'if-none-match': etag })).status).toBe(304)
    writeFileSync(path.join(folder, 'site', 'index.html'), '<!doctype html><title>Headroom</title><p>changed')
    const changed = await get('/', { 'if-none-match': etag })
    expect(changed.status).toBe(200)
    expect(await changed.text()).toContain('changed')
  })

  it.each([
    '/../secret.txt', '/..%2fsecret.txt', '/%2e%2e/secret.txt', '/assets/..%2f..%2fsecret.txt', '/..%5csecret.txt',
    '/%2fetc/passwd', '//etc/passwd', '/assets', '/assets/', '/index.html%00.js', '/%E0%A4%A', '/missing.js'
  ])('%s leads nowhere', async target => {
    const response = await handle(new Request(`http://127.0.0.1${target}`))
    expect(response.status).toBe(404)
    expect(await response.text()).not.toContain('secret')
  })

  it('answers HEAD without a body, and nothing but GET and HEAD', async () => {
    const head = await get('/', {}, 'HEAD')
    expect(head.status).toBe(200)
    expect(await head.text()).toBe('')
    const post = await get('/', {}, 'POST')
    expect(post.status).toBe(405)
    expect(post.headers.get('allow')).toBe('GET, HEAD')
  })
})
