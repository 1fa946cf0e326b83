import { beforeEach, expect, test, vi } from 'vitest'
import { fetchClient } from './fetchClient.ts'
import type { Connection } from './hostClient.ts'

class Source extends EventTarget {
  static readonly CLOSED = 2
  static made: Source[] = []
  readyState = 0
  constructor () {
    super()
    Source.made.push(this)
  }

  say (type: string, readyState: number): void {
    this.readyState = readyState
    this.dispatchEvent(new Event(type))
  }
}

let answer: () => Promise<Response>

beforeEach(() => {
  Source.made = []
  vi.stubGlobal('EventSource', Source)
  vi.stubGlobal('fetch', () => answer())
  answer = () => Promise.resolve(Response.json({ ok: true, value: {} }))
})

function watched () {
  const client = fetchClient('http://127.0.0.1:1/')
  const states: Connection[] = []
  client.watchConnection((state) => states.push(state))
  return { client, states }
}

test('a server that goes and comes back is told once each', async () => {
  const { client, states } = watched()
  client.subscribe('library.changed', () => {})
  const [source] = Source.made
  source!.say('error', 0)
  source!.say('error', 0)
  expect(states).toEqual(['lost'])
  source!.say('open', 1)
  expect(states).toEqual(['lost', 'open'])
})

test('a call that cannot be made tells it too, and one that can tells the opposite', async () => {
  const { client, states } = watched()
  answer = () => Promise.reject(new TypeError('Failed to fetch'))
  expect(await client.invoke('app.info', {})).toMatchObject({ ok: false, error: { details: { unreachable: true } } })
  expect(states).toEqual(['lost'])
  answer = () => Promise.resolve(Response.json({ ok: true, value: {} }))
  await client.reconnect()
  expect(states).toEqual(['lost', 'open'])
})

test('a server that was started again turns the page away: that is another matter', async () => {
  const { client, states } = watched()
  answer = () => Promise.resolve(new Response('The token is missing.', { status: 401 }))
  expect(await client.invoke('app.info', {})).toMatchObject({ ok: false })
  expect(states).toEqual(['expired'])
})

test('what was listened for is listened for again on a new stream', async () => {
  const { client } = watched()
  const heard: unknown[] = []
  client.subscribe('library.changed', (payload) => heard.push(payload))
  Source.made[0]!.say('error', Source.CLOSED)
  await client.reconnect()
  expect(Source.made).toHaveLength(2)
  Source.made[1]!.dispatchEvent(Object.assign(new Event('library.changed'), { data: '{}' }))
  expect(heard).toEqual([{}])
})
