import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, it } from 'vitest'

const module = path.join(import.meta.dirname, 'endWithParent.ts')
const program = `const { endWithParent } = await import(${JSON.stringify(module)}); endWithParent(); setInterval(() => {}, 60_000); console.log(process.pid)`

/** A shell that waits for the program, as npm's does. */
function start (env: Record<string, string>) {
  return spawn('sh', ['-c', '"$0" --input-type=module -e "$1"; true', process.execPath, program], { env, stdio: ['ignore', 'pipe', 'inherit'] })
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

it.skipIf(process.platform === 'win32')('a program that npm started does not outlive npm\'s shell', async () => {
  const shell = start({ PATH: process.env['PATH'] ?? '', npm_lifecycle_event: 'start' })
  const [line] = await once(shell.stdout, 'data') as [Buffer]
  const pid = Number(String(line))
  expect(isAlive(pid)).toBe(true)
  shell.kill('SIGTERM')
  while (isAlive(pid)) await wait(50)
})
