import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it } from 'vitest'
import { defaultPlan } from '#shared/plan/index.ts'
import { ask } from './fixtures/request.ts'

it.each(['SIGINT', 'SIGTERM'] as const)('%s closes the library cleanly, even while a page is listening', async signal => {
  const folder = mkdtempSync(path.join(tmpdir(), 'headroom-signal-'))
  const dataDir = path.join(folder, 'data')
  mkdirSync(path.join(folder, 'renderer'))
  writeFileSync(path.join(folder, 'renderer', 'index.html'), '<!doctype html>')
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'fixtures', 'serveForever.ts'), dataDir, path.join(folder, 'renderer')], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = await once(child.stdout, 'data') as [Buffer]
  const url = String(line).trim()
  const Cookie = (await ask(url)).headers['set-cookie']?.[0]?.split(';')[0] ?? ''
  const listening = await fetch(new URL('/events', url), { headers: { Cookie } })
  const draft = { name: 'kept', plan: defaultPlan(), target: { kind: 'machine', gpuIds: [], reserve: 0.3 } }
  await ask(new URL('/rpc/scenario.save', url).href, { method: 'POST', headers: { Cookie, 'Content-Type': 'application/json' }, body: JSON.stringify({ id: null, draft }) })

  child.kill(signal)
  expect(await once(child, 'exit')).toEqual([0, null])
  expect(await listening.text()).toContain('event: library.changed')
  expect(readdirSync(dataDir).toSorted()).toEqual(['backups', 'library.db', 'library.db.lock'])
  expect(readdirSync(path.join(dataDir, 'backups'))).toHaveLength(1)
  rmSync(folder, { recursive: true, force: true })
})
