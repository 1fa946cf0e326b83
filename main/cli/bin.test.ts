import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { defaultPlan, serializePlan } from '#shared/plan/index.ts'
import { bin, headroom } from './fixtures/headroom.ts'

let folder: string
beforeEach(() => { folder = mkdtempSync(path.join(tmpdir(), 'headroom-bin-')) })
afterEach(() => { rmSync(folder, { recursive: true, force: true }) })

/** Makes the first process take itself for an old Node somewhere else; what it starts knows better. */
const asOldNode = ['--import', `data:text/javascript,${encodeURIComponent("Object.defineProperty(process.versions, 'node', { value: '18.19.1' }); Object.defineProperty(process, 'version', { value: 'v18.19.1' }); process.execPath = '/bin/sh'")}`]

describe.skipIf(process.platform === 'win32')('headroom on an old Node', () => {
  it('continues on the bundled one, with arguments, input, output and exit code', async () => {
    const good = await headroom(['estimate', '-', '--json'], { nodeArgs: asOldNode, input: serializePlan(defaultPlan()) })
    expect([good.code, JSON.parse(good.out).modelName]).toEqual([0, 'Llama 3.1 8B'])
    expect(await headroom(['fit', '-', '--gpu', 'RTX 3060 12GB'], { nodeArgs: asOldNode, input: serializePlan(defaultPlan()) })).toMatchObject({ code: 3 })
    expect(await headroom(['nonsense'], { nodeArgs: asOldNode })).toMatchObject({ code: 2, err: expect.stringContaining('nonsense') })
  })

  it('passes a signal on and ends by it', async () => {
    const plans = `${JSON.stringify(defaultPlan())}\n`
    const ended = await headroom(['estimate', '--batch', '-'], { nodeArgs: asOldNode, input: plans, signalOnOutput: 'SIGTERM' })
    expect(ended).toMatchObject({ code: null, signal: 'SIGTERM' })
  })

  it('says what to do when there is no bundled one', async () => {
    const script = path.join(folder, 'main', 'cli', 'bin.mjs')
    mkdirSync(path.dirname(script), { recursive: true })
    copyFileSync(bin, script)
    const { code, out, err } = await headroom(['--version'], { nodeArgs: asOldNode, script })
    expect([code, out]).toEqual([2, ''])
    expect(err).toBe(`headroom needs Node 24 and this is v18.19.1: run "npm ci" in ${folder}, or install Node 24.\n`)
  })
})
