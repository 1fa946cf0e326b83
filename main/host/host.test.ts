import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import * as v from 'valibot'
import { afterEach, describe, expect, expectTypeOf, it, vi } from 'vitest'
import { EVENTS, METHODS, type EventName, type HostReply, type MethodInput, type MethodName, type MethodOutput } from '#shared/contract/index.ts'
import { defaultPlan } from '#shared/plan/index.ts'
import type { Handlers, HandlersOf } from './context.ts'
import { noGpu } from './fixtures/detection.ts'
import { createHost, type Host } from './index.ts'

const opened: { host: Host, folder: string }[] = []

afterEach(() => {
  for (const { host, folder } of opened.splice(0)) {
    host.close()
    rmSync(folder, { recursive: true, force: true })
  }
})

function start (folder = mkdtempSync(path.join(tmpdir(), 'headroom-host-'))): Host {
  const host = createHost({ mode: 'served', dataDirectory: folder, detect: () => Promise.resolve(noGpu) })
  opened.push({ host, folder })
  return host
}

/** A call that must succeed, its output checked against the contract. */
async function ask<M extends MethodName> (host: Host, name: M, input: MethodInput<M>): Promise<MethodOutput<M>> {
  const reply = await host.dispatch(name, input)
  if (!reply.ok) throw new Error(reply.error.message)
  return v.parse(METHODS[name].output, reply.value) as MethodOutput<M>
}

const codeOf = (reply: HostReply<unknown>) => reply.ok ? 'ok' : reply.error.code
const draft = (name: string) => ({ name, plan: defaultPlan(), target: { kind: 'machine' as const, gpuIds: [], reserve: 0.3 } })

describe('the host', () => {
  it('answers every method of the contract in the form that the contract states', async () => {
    const host = start()
    const info = await ask(host, 'app.info', {})
    expect(info).toMatchObject({ mode: 'served', libraryNotice: null, version: expect.stringMatching(/^\d+\.\d+\.\d+/) as unknown })
    expect(await ask(host, 'hardware.detect', { machine: 'local', refresh: true })).toEqual(noGpu)
    const saved = await ask(host, 'scenario.save', { id: null, draft: draft('A') })
    expect(await ask(host, 'scenario.open', { id: saved.id })).toEqual(saved)
    expect(await ask(host, 'scenario.rename', { id: saved.id, name: '  B ' })).toMatchObject({ name: 'B' })
    expect(await ask(host, 'scenario.list', {})).toHaveLength(1)
    await ask(host, 'scenario.delete', { id: saved.id })
    expect(await ask(host, 'scenario.list', {})).toEqual([])
    expect(await ask(host, 'scenario.restore', { id: saved.id })).toMatchObject({ name: 'B' })
  })

  it('refuses what the contract does not know', async () => {
    const host = start()
    expect(await host.dispatch('scenario.burn', {})).toMatchObject({ ok: false, error: { code: 'unknown-method', details: { name: 'scenario.burn' } } })
    expect(codeOf(await host.dispatch('constructor', {}))).toBe('unknown-method')
    expect(codeOf(await host.dispatch('__proto__', {}))).toBe('unknown-method')
    expect(codeOf(await host.dispatch('app.info', undefined))).toBe('invalid-input')
    expect(codeOf(await host.dispatch('scenario.open', { id: '../../etc/passwd' }))).toBe('invalid-input')
    expect(codeOf(await host.dispatch('scenario.list', { extra: 1 }))).toBe('invalid-input')
    const bad = await host.dispatch('scenario.save', { id: null, draft: { ...draft('A'), plan: { ...defaultPlan(), data: { ...defaultPlan().data, microBatch: -1 } } } })
    expect(bad).toMatchObject({ ok: false, error: { code: 'invalid-input', details: { problems: [{ path: 'draft.plan.data.microBatch' }] } } })
    expect(await ask(host, 'scenario.list', {})).toEqual([])
  })

  it('passes on what the library refuses, with code and details', async () => {
    const host = start()
    await ask(host, 'scenario.save', { id: null, draft: draft('A') })
    expect(await host.dispatch('scenario.save', { id: null, draft: draft('A') })).toMatchObject({ ok: false, error: { code: 'name-taken', details: { suggestion: 'A (2)' } } })
    expect(codeOf(await host.dispatch('scenario.open', { id: crypto.randomUUID() }))).toBe('not-found')
  })

  it('tells every listener of a change, and only of a change', async () => {
    const host = start()
    const heard: EventName[] = []
    const unsubscribe = host.subscribe((name, payload) => {
      v.parse(EVENTS[name], payload)
      heard.push(name)
    })
    const { id } = await ask(host, 'scenario.save', { id: null, draft: draft('A') })
    await ask(host, 'scenario.rename', { id, name: 'B' })
    await ask(host, 'scenario.list', {})
    await host.dispatch('scenario.rename', { id: crypto.randomUUID(), name: 'B' })
    expect(heard).toEqual(['library.changed', 'library.changed'])
    unsubscribe()
    await ask(host, 'scenario.delete', { id })
    expect(heard).toHaveLength(2)
  })

  it('works without its library, and with it as soon as it can be had', async () => {
    const first = start()
    await ask(first, 'scenario.save', { id: null, draft: draft('A') })
    const second = start(opened[0]!.folder)
    expect(await second.dispatch('scenario.list', {})).toMatchObject({ ok: false, error: { code: 'library-busy', details: { pid: process.pid } } })
    expect((await ask(second, 'app.info', {})).libraryPath).toContain('library.db')
    expect(await ask(second, 'hardware.detect', { machine: 'local', refresh: false })).toEqual(noGpu)
    first.close()
    expect(await ask(second, 'scenario.list', {})).toHaveLength(1)
  })

  it('tells of a restored library', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'headroom-host-'))
    writeFileSync(path.join(folder, 'library.db'), 'broken')
    expect((await ask(start(folder), 'app.info', {})).libraryNotice).toMatchObject({ code: 'started-empty' })
  })

  it('asks the hardware once for several windows, and again only when told to', async () => {
    const detect = vi.fn(() => Promise.resolve(noGpu))
    const folder = mkdtempSync(path.join(tmpdir(), 'headroom-host-'))
    const host = createHost({ mode: 'desktop', dataDirectory: folder, detect })
    opened.push({ host, folder })
    await Promise.all([ask(host, 'hardware.detect', { machine: 'local', refresh: true }), ask(host, 'hardware.detect', { machine: 'local', refresh: true })])
    await ask(host, 'hardware.detect', { machine: 'local', refresh: false })
    expect(detect).toHaveBeenCalledTimes(1)
    await ask(host, 'hardware.detect', { machine: 'local', refresh: true })
    expect(detect).toHaveBeenCalledTimes(2)
    detect.mockRejectedValueOnce(new Error('the driver went away'))
    expect(await host.dispatch('hardware.detect', { machine: 'local', refresh: true })).toMatchObject({ ok: false, error: { code: 'internal', message: 'the driver went away' } })
    expect(await ask(host, 'hardware.detect', { machine: 'local', refresh: true })).toEqual(noGpu)
  })

  it('does not compile when a handler is missing', () => {
    expectTypeOf<Pick<HandlersOf<'scenario'>, 'scenario.list'>>().not.toExtend<HandlersOf<'scenario'>>()
    expectTypeOf<HandlersOf<'app'> & HandlersOf<'hardware'> & HandlersOf<'scenario'>>().toExtend<Handlers>()
  })
})
