import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { FakeGpu } from '../fakeGpu.ts'
import { test as base } from '../fixtures.ts'
import { Hardware } from '../pages/hardware.ts'
import { ServedWorkbench } from '../served.ts'

interface Fixtures {
  /** Tells the served workbench what GPUs its machine has. */
  readonly gpu: FakeGpu
  readonly hardware: Hardware
}

/** A workbench of its own for every test, on a machine whose nvidia-smi is the test's. */
export const test = base.extend<Fixtures>({
  gpu: async ({ browserName: _ }, use) => {
    const gpu = new FakeGpu()
    gpu.replay('rtx-4090-driver-535.xml')
    await use(gpu)
    gpu.remove()
  },
  served: async ({ gpu }, use) => {
    const dataDirectory = mkdtempSync(path.join(tmpdir(), 'headroom-e2e-'))
    const served = new ServedWorkbench(dataDirectory, { ...gpu.environment, HOME: dataDirectory })
    await served.start()
    await use(served)
    await served.stop()
    rmSync(dataDirectory, { recursive: true, force: true })
  },
  hardware: async ({ workbench }, use) => use(new Hardware(workbench.page))
})

export { expect } from '@playwright/test'
