import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DetectionSchema, machineDevices, type Detection } from '#shared/contract/index.ts'
import { detectHardware } from './index.ts'

let folder: string
beforeEach(() => { folder = mkdtempSync(path.join(tmpdir(), 'headroom-smi-')) })
afterEach(() => { rmSync(folder, { recursive: true, force: true }) })

const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/nvidia/xml/${name}`, import.meta.url))

/** Detects with a shell script in the place of nvidia-smi, found by way of PATH. */
async function detect (body: string, timeoutMs = 20_000): Promise<Detection> {
  const file = path.join(folder, 'nvidia-smi')
  writeFileSync(file, `#!/bin/sh\n${body}\n`)
  chmodSync(file, 0o755)
  const detection = await detectHardware({ env: { PATH: `${folder}:/usr/bin:/bin` }, pathOnly: true, timeoutMs })
  expect(v.is(DetectionSchema, detection)).toBe(true)
  return detection
}

const codes = (detection: Detection): string[] => detection.findings.map((f) => f.code)

describe.skipIf(process.platform === 'win32')('detectHardware', () => {
  it('asks nvidia-smi on PATH for its report', async () => {
    const detection = await detect(`[ "$*" = "-q -x" ] && cat '${fixture('rtx-3090-v12.xml')}'`)
    expect(detection).toMatchObject({ driverVersion: '525.147.05', cudaVersion: '12.0', findings: [] })
    expect(detection.gpus).toMatchObject([{ name: 'NVIDIA GeForce RTX 3090', computeCapability: '8.6', catalogId: expect.any(String) }])
    expect(detection.host.ramTotalBytes).toBeGreaterThanOrEqual(detection.host.ramFreeBytes)
    expect(new Date(detection.at).toISOString()).toBe(detection.at)
  })

  it('is content with a machine that has no GPU', async () => {
    const detection = await detectHardware({ env: { PATH: folder }, pathOnly: true })
    expect(detection).toMatchObject({ gpus: [], findings: [{ code: 'no-gpu', severity: 'info', detail: null }], driverVersion: null })
  })

  it('gives up on one that hangs and ignores SIGTERM, and can ask again', async () => {
    expect(codes(await detect('trap "" TERM; sleep 600', 300))).toEqual(['timed-out'])
    await expect.poll(async () => codes(await detect(`cat '${fixture('a10g.xml')}'`)), { timeout: 20_000 }).toEqual([])
  })

  it.each([
    ['garbage', 'head -c 20000 /dev/urandom', 'unreadable-output'],
    ['nothing', 'true', 'unreadable-output'],
    ['50 MB', 'head -c 50000000 /dev/zero | tr "\\0" x', 'too-much-output'],
    ['a failure sentence', 'echo "No devices were found"; exit 6', 'no-devices'],
    ['only a status', 'exit 9', 'driver-not-loaded'],
    ['a crash', 'kill -SEGV $$', 'failed']
  ])('turns %s into a finding', async (_, body, code) => {
    const detection = await detect(body)
    expect(detection.gpus).toEqual([])
    expect(codes(detection)).toEqual([code])
  })

  it('lists the cards that a failing run still reported', async () => {
    const detection = await detect(`head -c 12000 '${fixture('8x-a100-40gb-mig.xml')}'; echo 'GPU is lost' >&2; exit 15`)
    expect(detection.gpus.length).toBeGreaterThan(2)
    expect(codes(detection)).toEqual(['gpu-lost', 'incomplete-list', 'incomplete-device'])
  })

  it('asks for what the report lacks, and only then', async () => {
    const xml = fixture('8x-a100-40gb-mig.xml')
    const folderOf = (name: string): string => fileURLToPath(new URL(`fixtures/nvidia/${name}`, import.meta.url))
    const detection = await detect([
      'case "$*" in',
      `  "-q -x") cat '${xml}' ;;`,
      `  "-L") cat '${folderOf('lists/8x-a100-40gb-mig.nvidia-smi-L.txt')}' ;;`,
      `  "topo -m") cat '${folderOf('topo/8x-a100-nv12.topo-m.txt')}' ;;`,
      `  --query-gpu=uuid,compute_cap*) sed -n 's/.*<uuid>\\(GPU.*\\)<.*/\\1, 8.0/p' '${xml}' ;;`,
      '  *) exit 1 ;;',
      'esac'
    ].join('\n'))
    expect(detection.gpus.map((gpu) => gpu.computeCapability)).toEqual(Array(8).fill('8.0'))
    expect(detection.gpus[2]!.mig!.slices.map((slice) => slice.profile)).toEqual(['4g.20gb', '1g.5gb', '1g.5gb'])
    expect(detection.topology!.islands).toEqual([detection.gpus.map((gpu) => gpu.key)])
    expect(detection.probes.filter((probe) => probe.vendor === 'nvidia').map((probe) => [probe.name, probe.outcome, probe.status])).toEqual([
      ['nvidia-smi -q -x', 'exited', 0], ['nvidia-smi --query-gpu=uuid,compute_cap', 'exited', 0], ['nvidia-smi -L', 'exited', 0], ['nvidia-smi topo -m', 'exited', 0]
    ])
  })

  it('offers MIG slices, not the divided card, as places to run', async () => {
    const detection = await detect(`cat '${fixture('a100-sxm4-40gb-mig.xml')}'`)
    expect(machineDevices(detection).map((d) => [d.name, d.capacity / 1024 ** 2])).toEqual([
      ['NVIDIA A100-SXM4-40GB (MIG 1)', 19968], ['NVIDIA A100-SXM4-40GB (MIG 2)', 19968]
    ])
  })
})
