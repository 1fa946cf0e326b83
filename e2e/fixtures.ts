import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test as base } from '@playwright/test'
import { Workbench } from './pages/workbench.ts'
import { ServedWorkbench } from './served.ts'

interface Options {
  /** `own`: a server for this test alone, with an empty library, that may be stopped and started. */
  readonly library: 'shared' | 'own'
}

interface Fixtures {
  readonly served: ServedWorkbench
  /** The workbench, open in English and light. Fails the test on a script error or a violated Content-Security-Policy. */
  readonly workbench: Workbench
}

interface WorkerFixtures {
  readonly sharedServer: ServedWorkbench
}

async function serveWhile (use: (served: ServedWorkbench) => Promise<void>): Promise<void> {
  const dataDirectory = mkdtempSync(path.join(tmpdir(), 'headroom-e2e-'))
  const served = new ServedWorkbench(dataDirectory)
  try {
    await served.start()
    await use(served)
  } finally {
    await served.stop()
    rmSync(dataDirectory, { recursive: true, force: true })
  }
}

export const test = base.extend<Options & Fixtures, WorkerFixtures>({
  library: ['shared', { option: true }],
  sharedServer: [async ({ browserName: _ }, use) => serveWhile(use), { scope: 'worker' }],
  served: async ({ library, sharedServer }, use) => library === 'own' ? serveWhile(use) : use(sharedServer),
  workbench: async ({ page, served }, use) => {
    const complaints: string[] = []
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes('ERR_CONNECTION_REFUSED')) complaints.push(message.text())
    })
    const workbench = new Workbench(page)
    await workbench.open(served.url)
    await use(workbench)
    if (complaints.length > 0) throw new Error(`The page complained: ${complaints.join('\n')}`)
  }
})

export { expect } from '@playwright/test'
