import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Detection } from '#shared/contract/index.ts'
import { detect } from '#main/hardware/detect.ts'
import { createMonitor, openLocal } from '#main/hardware/monitor/index.ts'
import { readReport } from '#main/hardware/nvidia/readReport.ts'

/** At most this share of one core beside the vendor's tool. */
const LIMIT = 0.01
const SECONDS = 15
const CARDS = 8

/** What sampling 8 GPUs once a second costs this process. The tool is a script that prints rows; its time is not counted. */
export async function benchSampling (): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'headroom-bench-'))
  const tool = path.join(folder, 'nvidia-smi')
  const uuid = (i: number): string => `GPU-00000000-0000-4000-8000-00000000000${i}`
  const rows = Array.from({ length: CARDS }, (_, i) => `${i}, ${uuid(i)}, 00000000:0${i}:00.0, 81920, 40000, 41000, 97`).join('\n')
  const processes = Array.from({ length: CARDS * 4 }, (_, i) => `${uuid(i % CARDS)}, ${1000 + i}, 900, /opt/conda/bin/python`).join('\n')
  writeFileSync(tool, `#!/bin/sh\ncase "$*" in *compute-apps*) echo '${processes}';; *-lms*) while :; do echo '${rows}'; sleep 1; done;; *) exit 2;; esac\n`)
  chmodSync(tool, 0o755)
  let samples = 0
  const monitor = createMonitor({
    reach: () => ({ look: () => Promise.resolve(machine(uuid)), open: openLocal({ env: { ...process.env, PATH: `${folder}:${process.env['PATH'] ?? ''}` }, pathOnly: true }) }),
    // As the entries do: to a window or a browser as text.
    onSample: (event) => { samples += JSON.stringify(event).length > 0 ? 1 : 0 },
    onState: () => {}
  })
  try {
    monitor.watch({ machine: 'local', intervalMs: 1000, watcher: 'bench', history: false })
    await wait(3000)
    const before = process.cpuUsage()
    const from = samples
    await wait(SECONDS * 1000)
    const { user, system } = process.cpuUsage(before)
    const share = (user + system) / 1e6 / SECONDS
    console.log(`\nSampling ${CARDS} GPUs at 1 Hz: ${(share * 100).toFixed(2)} % of one core (at most ${LIMIT * 100} %), ${samples - from} samples in ${SECONDS} s`)
  } finally {
    monitor.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

function machine (uuid: (i: number) => string): Detection {
  const host = { name: 'bench', platform: 'linux', ramTotalBytes: 2 ** 40, ramFreeBytes: 2 ** 40, cpuCount: 1, disk: null, environment: [] }
  const [card] = readReport(readFileSync(new URL('../hardware/fixtures/nvidia/xml/a10g.xml', import.meta.url), 'utf8'))!.gpus
  const nothing = detect({ system: 'linux', host, runs: new Map(), files: new Map(), variables: new Map() }, [], new Date())
  return { ...nothing, gpus: Array.from({ length: CARDS }, (_, index) => ({ ...card!, index, key: uuid(index), uuid: uuid(index), pciBusId: `00000000:0${index}:00.0` })) }
}
