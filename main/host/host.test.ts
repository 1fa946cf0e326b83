import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import * as v from 'valibot'
import { afterEach, describe, expect, expectTypeOf, it, vi } from 'vitest'
import { EVENTS, METHODS, type EventName, type HostReply, type MethodInput, type MethodName, type MethodOutput, NEWEST_SCENARIOS } from '#shared/contract/index.ts'
import { defaultPlan } from '#shared/plan/index.ts'
import type { Handlers, HandlersOf } from './context.ts'
import { gpuNamed, noGpu } from './fixtures/detection.ts'
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
const draft = (name: string) => ({ name, plan: defaultPlan(), target: { sources: [{ kind: 'machine' as const, machine: 'local' as const, devices: null }], memory: 'free' as const, reserve: 0.3 } })

describe('the host', () => {
  it('answers every method of the contract in the form that the contract states', async () => {
    const host = start()
    const info = await ask(host, 'app.info', {})
    expect(await ask(host, 'app.takeFiles', {})).toEqual([])
    expect(info).toMatchObject({ mode: 'served', libraryNotice: null, version: expect.stringMatching(/^\d+\.\d+\.\d+/) as unknown })
    expect(await ask(host, 'hardware.detect', { machine: 'local', refresh: true })).toEqual(noGpu)
    const saved = await ask(host, 'scenario.save', { id: null, draft: draft('A') })
    expect(await ask(host, 'scenario.open', { id: saved.id })).toEqual(saved)
    expect(await ask(host, 'scenario.rename', { id: saved.id, name: '  B ' })).toMatchObject({ name: 'B' })
    expect((await ask(host, 'scenario.query', NEWEST_SCENARIOS)).rows).toHaveLength(1)
    await ask(host, 'scenario.delete', { id: saved.id })
    expect((await ask(host, 'scenario.query', NEWEST_SCENARIOS)).rows).toEqual([])
    expect(await ask(host, 'scenario.restore', { id: saved.id })).toMatchObject({ name: 'B' })
  })

  it('refuses what the contract does not know', async () => {
    const host = start()
    expect(await host.dispatch('scenario.burn', {})).toMatchObject({ ok: false, error: { code: 'unknown-method', details: { name: 'scenario.burn' } } })
    expect(codeOf(await host.dispatch('constructor', {}))).toBe('unknown-method')
    expect(codeOf(await host.dispatch('__proto__', {}))).toBe('unknown-method')
    expect(codeOf(await host.dispatch('app.info', undefined))).toBe('invalid-input')
    expect(codeOf(await host.dispatch('scenario.open', { id: '../../etc/passwd' }))).toBe('invalid-input')
    expect(codeOf(await host.dispatch('scenario.query', { ...NEWEST_SCENARIOS, extra: 1 }))).toBe('invalid-input')
    const bad = await host.dispatch('scenario.save', { id: null, draft: { ...draft('A'), plan: { ...defaultPlan(), data: { ...defaultPlan().data, microBatch: -1 } } } })
    expect(bad).toMatchObject({ ok: false, error: { code: 'invalid-input', details: { problems: [{ path: 'draft.plan.data.microBatch' }] } } })
    expect((await ask(host, 'scenario.query', NEWEST_SCENARIOS)).rows).toEqual([])
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
    await ask(host, 'scenario.query', NEWEST_SCENARIOS)
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
    expect(await second.dispatch('scenario.query', NEWEST_SCENARIOS)).toMatchObject({ ok: false, error: { code: 'library-busy', details: { pid: process.pid } } })
    expect((await ask(second, 'app.info', {})).libraryPath).toContain('library.db')
    expect(await ask(second, 'hardware.detect', { machine: 'local', refresh: false })).toEqual(noGpu)
    first.close()
    expect((await ask(second, 'scenario.query', NEWEST_SCENARIOS)).rows).toHaveLength(1)
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

  it('keeps machines and measured runs, and tells of them', async () => {
    const host = start()
    const heard: EventName[] = []
    host.subscribe(name => { heard.push(name) })
    const machine = { kind: 'remote' as const, name: 'box', host: 'me@gpu-box', connectAtStart: false }
    const saved = await ask(host, 'machine.save', { id: null, machine })
    expect(await ask(host, 'machine.list', {})).toEqual([saved])
    const { id: scenarioId } = await ask(host, 'scenario.save', { id: null, draft: draft('A') })
    const run = await ask(host, 'run.save', {
      scenarioId, machine: 'ssh:me@gpu-box', deviceKey: 'GPU-1', deviceName: 'A100', scope: { kind: 'card', usedBeforeBytes: 0 }, startedAt: '2026-11-24T10:00:00Z', endedAt: '2026-11-24T10:00:02Z',
      intervalMs: 1000, peakBytes: 5, predicted: { expected: 4, low: 3, high: 6 }, note: '', points: [{ seconds: 0, usedBytes: 5 }]
    })
    expect(await ask(host, 'run.list', { scenarioId })).toEqual([run])
    expect((await ask(host, 'run.open', { id: run.id })).points).toHaveLength(1)
    await ask(host, 'run.remove', { id: run.id })
    await ask(host, 'machine.remove', { id: saved.id })
    expect(heard).toEqual(Array(5).fill('library.changed'))
    expect(codeOf(await host.dispatch('run.open', { id: run.id }))).toBe('run-not-found')
    expect(codeOf(await host.dispatch('machine.remove', { id: saved.id }))).toBe('machine-not-found')
    for (const hostile of ['-oProxyCommand=id', 'a b', '$(id)']) expect(codeOf(await host.dispatch('machine.save', { id: null, machine: { ...machine, host: hostile } }))).toBe('invalid-input')
    for (const hostile of ['ssh:-oProxyCommand=id', 'ssh:', 'telnet:a']) expect(codeOf(await host.dispatch('hardware.detect', { machine: hostile, refresh: true }))).toBe('invalid-input')
  })

  it('samples for those who watch, and tells every listener', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'headroom-host-'))
    const gpu = gpuNamed('RTX 3090')
    const host = createHost({
      mode: 'desktop',
      dataDirectory: folder,
      detect: () => Promise.resolve({ ...noGpu, gpus: [gpu] }),
      open: ({ board, onSample, intervalMs }) => {
        const timer = setInterval(() => {
          board.devices([gpu])
          onSample()
        }, 150)
        return { intervalMs: () => intervalMs, stop: () => { clearInterval(timer) }, isGone: () => true }
      }
    })
    opened.push({ host, folder })
    const heard: unknown[] = []
    host.subscribe((name, payload) => { heard.push([name, v.parse(EVENTS[name], payload)]) })
    const watching = { machine: 'local' as const, intervalMs: 500, watcher: 'a', history: true }
    expect(await ask(host, 'monitor.watch', watching)).toMatchObject({ state: { state: 'starting' }, history: [] })
    await vi.waitUntil(() => heard.length > 3)
    expect(heard).toMatchObject([['monitor.state', { state: 'starting' }], ['monitor.state', { state: 'running' }], ['monitor.sample', { machine: 'local', sample: { devices: [{ key: gpu.key }] } }], ['monitor.sample', {}]])
    expect((await ask(host, 'monitor.watch', watching)).history.length).toBeGreaterThan(0)
    await ask(host, 'monitor.leave', { machine: 'local', watcher: 'a' })
    expect(heard.at(-1)).toMatchObject(['monitor.state', { state: 'stopped' }])
  })

  it('does not compile when a handler is missing', () => {
    expectTypeOf<Pick<HandlersOf<'scenario'>, 'scenario.query'>>().not.toExtend<HandlersOf<'scenario'>>()
    expectTypeOf<HandlersOf<'app'> & HandlersOf<'hardware'> & HandlersOf<'library'> & HandlersOf<'machine'> & HandlersOf<'monitor'> & HandlersOf<'run'> & HandlersOf<'scenario'>>().toExtend<Handlers>()
  })
})
