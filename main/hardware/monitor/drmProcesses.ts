import { readdir, readFile, readlink } from 'node:fs/promises'
import path from 'node:path'
import type { DetectedGpu, ProcessSample } from '#shared/contract/index.ts'
import { busId } from '../reading/busId.ts'

/** Every so often, also processes that had nothing open on a GPU are looked at again. */
const FULL_EVERY = 6

/**
 * Who holds memory of AMD's devices, from /proc/<pid>/fdinfo. Only descriptors of render nodes are read, and processes without
 * any are skipped for a while: going through all of them costs more than everything else here.
 */
export function drmProcesses (gpus: readonly DetectedGpu[], root = '/'): () => Promise<ProcessSample[]> {
  const keys = new Map(gpus.filter(({ vendor, pciBusId }) => vendor === 'amd' && pciBusId !== null).map(({ pciBusId, key }) => [pciBusId!, key]))
  let idle = new Set<string>()
  let round = 0
  return async () => {
    if (round++ % FULL_EVERY === 0) idle = new Set()
    const found: ProcessSample[] = []
    for (const pid of await names(path.join(root, 'proc'))) {
      if (!/^\d+$/.test(pid) || idle.has(pid)) continue
      const held = await heldBy(path.join(root, 'proc', pid))
      if (held.size === 0) idle.add(pid)
      const name = held.size === 0 ? null : (await readFile(path.join(root, 'proc', pid, 'comm'), 'utf8').catch(() => '')).trim() || null
      for (const [bus, usedBytes] of held) {
        const deviceKey = keys.get(bus)
        if (deviceKey !== undefined) found.push({ deviceKey, pid: Number(pid), name, usedBytes })
      }
    }
    return found
  }
}

/** Bytes by bus id. Descriptors that share one client report the same memory, which counts once. */
async function heldBy (folder: string): Promise<Map<string, number>> {
  const clients = new Map<string, { bus: string, bytes: number }>()
  for (const fd of await names(path.join(folder, 'fd'))) {
    const target = await readlink(path.join(folder, 'fd', fd)).catch(() => '')
    if (!/^\/dev\/dri\/(renderD|card)\d+$/.test(target)) continue
    const text = await readFile(path.join(folder, 'fdinfo', fd), 'utf8').catch(() => '')
    const bus = busId(/^drm-pdev:\s*(\S+)/m.exec(text)?.[1])
    const memory = /^drm-(?:resident-vram|memory-vram):\s*(\d{1,12})(?: (KiB|MiB))?$/m.exec(text)
    if (bus === null || memory === null) continue
    const unit = { KiB: 1024, MiB: 1024 ** 2 }[memory[2] ?? ''] ?? 1
    clients.set(`${bus} ${/^drm-client-id:\s*(\d+)/m.exec(text)?.[1] ?? fd}`, { bus, bytes: Number(memory[1]) * unit })
  }
  const held = new Map<string, number>()
  for (const { bus, bytes } of clients.values()) held.set(bus, (held.get(bus) ?? 0) + bytes)
  return held
}

const names = (folder: string): Promise<string[]> => readdir(folder).catch(() => [])
