import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inputLimit, METHODS, NEWEST_SCENARIOS, type HostReply } from '#shared/contract/index.ts'
import { defaultPlan } from '#shared/plan/index.ts'
import { noGpu } from '../host/fixtures/detection.ts'
import { ask, type Answer } from './fixtures/request.ts'
import { serve, type Served } from './index.ts'

let folder = ''
let served: Served
let origin = ''
let cookie = ''

const options = () => ({ dataDir: path.join(folder, 'data'), rendererFolder: path.join(folder, 'renderer'), detect: () => Promise.resolve(noGpu) })

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'headroom-serve-'))
  mkdirSync(path.join(folder, 'renderer'))
  writeFileSync(path.join(folder, 'renderer', 'index.html'), '<!doctype html><title>Workbench</title>')
  served = await serve(options())
  origin = new URL(served.url).origin
  cookie = await cookieOf(served.url)
})

afterAll(async () => {
  await served.close()
  rmSync(folder, { recursive: true, force: true })
})

async function cookieOf (url: string): Promise<string> {
  return (await ask(url)).headers['set-cookie']?.[0]?.split(';')[0] ?? ''
}

const json = (extra: Record<string, string> = {}) => ({ 'Content-Type': 'application/json', 'Cookie': cookie, ...extra })
const call = (name: string, input: unknown, headers = json()) => ask(`${origin}/rpc/${name}`, { method: 'POST', headers, body: JSON.stringify(input) })
const draft = (name: string) => ({ name, plan: defaultPlan(), target: { kind: 'machine', gpuIds: [], reserve: 0.3 } })

function value (answer: Answer): unknown {
  expect(answer.status).toBe(200)
  const reply = JSON.parse(answer.text) as HostReply<unknown>
  if (!reply.ok) throw new Error(reply.error.message)
  return reply.value
}

describe('the token', () => {
  it('is exchanged for a cookie that scripts and other sites cannot use, and leaves the address', async () => {
    expect(origin).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    const answer = await ask(served.url)
    expect(answer.status).toBe(303)
    expect(answer.headers.location).toBe('/')
    expect(answer.headers['set-cookie']).toEqual([expect.stringMatching(/^headroom-[0-9a-f]{8}=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/$/)])
    expect(answer.headers['set-cookie']?.[0]).not.toContain(new URL(served.url).searchParams.get('token'))
    const page = await ask(`${origin}/`, { headers: { Cookie: `other=1; ${cookie}` } })
    expect(page.status).toBe(200)
    expect(page.text).toContain('Workbench')
    expect(page.headers['content-security-policy']).toContain("script-src 'self'")
  })

  it('is needed for everything', async () => {
    for (const [target, method] of [['/', 'GET'], ['/index.html', 'GET'], ['/events', 'GET'], ['/rpc/app.info', 'POST'], ['/missing', 'GET'], ['/', 'HEAD'], ['/', 'DELETE']] as const) {
      for (const headers of [{}, { Cookie: 'headroom=1' }, { Cookie: cookie.replace(/.$/, '') }] as Record<string, string>[]) {
        const answer = await ask(origin + target, { method, headers: { 'Content-Type': 'application/json', ...headers } })
        expect([target, method, answer.status]).toEqual([target, method, 401])
        expect(answer.text).not.toContain('Workbench')
      }
    }
    expect((await ask(`${origin}/?token=wrong`)).status).toBe(401)
    expect((await ask(`${origin}/?token=`)).status).toBe(401)
  })

  it('is explained to a person in both languages when it is missing', async () => {
    const answer = await ask(`${origin}/`, { headers: { Accept: 'text/html,*/*' } })
    expect(answer.status).toBe(401)
    expect(answer.headers['content-type']).toContain('text/html')
    expect(answer.text).toContain('?token=…')
    expect(answer.text).toContain('请通过专用链接打开工作台')
    expect(answer.headers['content-security-policy']).toBeDefined()
  })

  it('is another one for every server', async () => {
    const other = await serve({ ...options(), dataDir: path.join(folder, 'other') })
    expect((await ask(`${new URL(other.url).origin}/`, { headers: { Cookie: cookie } })).status).toBe(401)
    await other.close()
    await other.close()
  })

  it('never leads to another server', async () => {
    const { searchParams } = new URL(served.url)
    const answer = await ask(`${origin}//evil.example/?${searchParams}&view=plan`)
    expect(answer.headers.location).toBe('/evil.example/?view=plan')
  })
})

describe('foreign requests', () => {
  it.each(['evil.example', 'evil.example:80', '127.0.0.1.evil.example', 'localhost.evil.example', 'user@127.0.0.1', '10.0.0.1', '127.0.0.1:x', '[::1'])('with the Host %o are misdirected', async Host => {
    const answer = await ask(served.url, { headers: { Host, Cookie: cookie } })
    expect([400, 421]).toContain(answer.status)
    expect(answer.headers['set-cookie']).toBeUndefined()
  })

  it.each(['127.0.0.1', 'localhost', 'LOCALHOST:9000', '[::1]:9000'])('with the Host %o, as through an ssh tunnel, are not foreign', async Host => {
    expect((await ask(`${origin}/`, { headers: { Host, Cookie: cookie } })).status).toBe(200)
    const tunnelled = await call('app.info', {}, json({ Host, Origin: `http://${Host.toLowerCase()}` }))
    expect(tunnelled.status).toBe(200)
  })

  it.each(['https://evil.example', 'http://127.0.0.1:1', 'null', 'http://localhost', 'file://', ''])('with the Origin %o are forbidden, cookie or not', async Origin => {
    expect((await call('app.info', {}, json({ Origin }))).status).toBe(403)
    expect((await ask(`${origin}/events`, { headers: { Origin, Cookie: cookie } })).status).toBe(403)
  })

  it('get no permission to read across origins', async () => {
    const preflight = await ask(`${origin}/rpc/app.info`, { method: 'OPTIONS', headers: { 'Origin': 'https://evil.example', 'Access-Control-Request-Method': 'POST' } })
    expect(preflight.status).toBe(403)
    expect(Object.keys(preflight.headers).filter(name => name.startsWith('access-control'))).toEqual([])
  })
})

describe('calls', () => {
  it('save, list and describe as the contract states', async () => {
    const saved = v.parse(METHODS['scenario.save'].output, value(await call('scenario.save', { id: null, draft: draft('over HTTP') }, json({ Origin: origin }))))
    expect(v.parse(METHODS['scenario.query'].output, value(await call('scenario.query', NEWEST_SCENARIOS))).rows).toMatchObject([{ id: saved.id, name: 'over HTTP' }])
    expect(v.parse(METHODS['app.info'].output, value(await call('app.info', {})))).toMatchObject({ mode: 'served' })
    expect(v.parse(METHODS['hardware.detect'].output, value(await call('hardware.detect', { machine: 'local', refresh: false })))).toEqual(noGpu)
  })

  it('that fail are replies, not failures of HTTP', async () => {
    const answer = await call('scenario.open', { id: 'x' })
    expect(answer.status).toBe(200)
    expect(JSON.parse(answer.text)).toMatchObject({ ok: false, error: { code: 'invalid-input' } })
    expect(JSON.parse((await call('no.such', {})).text)).toMatchObject({ ok: false, error: { code: 'unknown-method' } })
  })

  it('are JSON in a POST, and not too long', async () => {
    for (const method of ['GET', 'PUT', 'DELETE', 'HEAD']) {
      const answer = await ask(`${origin}/rpc/app.info`, { method, headers: json() })
      expect([method, answer.status, answer.headers.allow]).toEqual([method, 405, 'POST'])
    }
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/jsonp']) {
      expect((await call('app.info', {}, { ...json(), 'Content-Type': type })).status).toBe(415)
    }
    const { Cookie } = json()
    expect((await ask(`${origin}/rpc/app.info`, { method: 'POST', headers: { Cookie }, body: '{}' })).status).toBe(415)
    const broken = await ask(`${origin}/rpc/app.info`, { method: 'POST', headers: json(), body: '{' })
    expect([broken.status, JSON.parse(broken.text)]).toMatchObject([400, { ok: false, error: { code: 'invalid-input' } }])
    const long = JSON.stringify('x'.repeat(inputLimit('app.info')))
    expect((await ask(`${origin}/rpc/app.info`, { method: 'POST', headers: json({ 'Content-Length': String(long.length) }), body: long })).status).toBe(413)
    expect((await ask(`${origin}/rpc/app.info`, { method: 'POST', headers: json({ 'Transfer-Encoding': 'chunked' }), body: long })).status).toBe(413)
    expect((await call('app.info', {}, json({ 'Content-Type': 'Application/JSON; charset=utf-8' }))).status).toBe(200)
  })

  it('cannot name a path of the file system', async () => {
    expect((await ask(`${origin}/rpc/..%2f..%2fetc%2fpasswd`, { method: 'POST', headers: json(), body: '{}' })).status).toBe(405)
    expect((await ask(`${origin}/%2e%2e%2fdata%2flibrary.db`, { headers: { Cookie: cookie } })).status).toBe(404)
  })
})

describe('events', () => {
  it('reach every open page when the library changes', async () => {
    const [first, second] = await Promise.all([1, 2].map(async () => {
      const response = await fetch(`${origin}/events`, { headers: { Cookie: cookie } })
      expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
      return response.body!.getReader()
    }))
    const until = async (reader: ReadableStreamDefaultReader<Uint8Array>, wanted: string) => {
      for (let text = ''; !text.includes(wanted);) {
        const { value: chunk, done } = await reader.read()
        if (done) throw new Error(`the stream ended after ${text}`)
        text += Buffer.from(chunk).toString()
      }
    }
    await Promise.all([until(first!, 'retry: 2000\n\n'), until(second!, 'retry: 2000\n\n')])
    value(await call('scenario.save', { id: null, draft: draft('seen everywhere') }))
    await Promise.all([until(first!, 'event: library.changed\ndata: {}\n\n'), until(second!, 'event: library.changed\ndata: {}\n\n')])
    await first!.cancel()
    await second!.cancel()
  })
})

describe('the server', () => {
  it('survives requests that are no HTTP, and those that name another server', async () => {
    const { hostname, port } = new URL(origin)
    const raw = (text: string) => new Promise<string>(resolve => {
      let answer = ''
      const socket = connect(Number(port), hostname, () => { socket.end(text) })
      socket.on('data', chunk => { answer += String(chunk) })
      socket.on('close', () => { resolve(answer) })
      socket.on('error', () => { resolve(answer) })
    })
    expect(await raw('rubbish\r\n\r\n')).toContain('400')
    expect(await raw(`GET http://evil.example/ HTTP/1.1\r\nHost: ${hostname}\r\nCookie: ${cookie}\r\n\r\n`)).toContain('400')
    expect(await raw(`GET / HTTP/1.1\r\nCookie: ${cookie}\r\n\r\n`)).toContain('400')
    expect(await raw(`GET / HTTP/1.1\r\nHost:\r\nCookie: ${cookie}\r\n\r\n`)).toContain('421')
    expect(await raw(`GET / HTTP/1.0\r\nCookie: ${cookie}\r\n\r\n`)).toContain('421')
    expect((await ask(`${origin}/`, { headers: { Cookie: cookie } })).status).toBe(200)
  })

  it('says in a sentence why it cannot start', async () => {
    const port = Number(new URL(origin).port)
    await expect(serve({ ...options(), dataDir: path.join(folder, 'third'), port })).rejects.toThrow(`Port ${port} on 127.0.0.1 is in use`)
    await expect(serve({ ...options(), host: '203.0.113.7' })).rejects.toThrow('no address 203.0.113.7')
    await expect(serve({ ...options(), rendererFolder: path.join(folder, 'nowhere') })).rejects.toThrow('npm run build')
  })
})
