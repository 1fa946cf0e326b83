import type { HostFacts } from '#shared/contract/index.ts'

/** Files that tell of a Linux host: memory, limits of a container, WSL. */
export const HOST_FILES = [
  '/proc/meminfo', '/proc/version', '/proc/1/cgroup', '/.dockerenv', '/run/.containerenv',
  '/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory.current', '/sys/fs/cgroup/memory.stat',
  '/sys/fs/cgroup/memory/memory.limit_in_bytes', '/sys/fs/cgroup/memory/memory.usage_in_bytes', '/sys/fs/cgroup/memory/memory.stat'
] as const

export const HOST_VARIABLES = ['container', 'KUBERNETES_SERVICE_HOST', 'WSL_DISTRO_NAME'] as const

type Files = ReadonlyMap<string, string>

/** The memory a new process can have under Linux, in bytes: MemAvailable, or less where a container is limited. Null without /proc/meminfo. */
export function linuxMemory (files: Files): Pick<HostFacts, 'ramTotalBytes' | 'ramFreeBytes'> | null {
  const total = meminfo(files, 'MemTotal')
  if (total === null) return null
  const available = Math.min(total, meminfo(files, 'MemAvailable') ?? meminfo(files, 'MemFree') ?? total)
  const limit = containerLimit(files)
  if (limit === null || limit.limit >= total) return { ramTotalBytes: total, ramFreeBytes: available }
  return { ramTotalBytes: limit.limit, ramFreeBytes: Math.max(0, Math.min(available, limit.limit - limit.used)) }
}

/** A figure of /proc/meminfo in bytes. */
export function meminfo (files: Files, key: string): number | null {
  const kib = new RegExp(`^${key}:\\s+(\\d{1,15}) kB$`, 'm').exec(files.get('/proc/meminfo') ?? '')?.[1]
  return kib === undefined ? null : Number(kib) * 1024
}

/** Of the control group: its limit, and what it holds less the file cache, which the kernel gives back. */
function containerLimit (files: Files): { limit: number, used: number } | null {
  const number = (file: string): number | null => /^\d{1,18}$/.test(files.get(file)?.trim() ?? '') ? Number(files.get(file)) : null
  const versions = [
    ['/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory.current', '/sys/fs/cgroup/memory.stat', 'inactive_file'],
    ['/sys/fs/cgroup/memory/memory.limit_in_bytes', '/sys/fs/cgroup/memory/memory.usage_in_bytes', '/sys/fs/cgroup/memory/memory.stat', 'total_inactive_file']
  ] as const
  for (const [limitFile, usedFile, statFile, cacheKey] of versions) {
    const limit = number(limitFile)
    if (limit === null) continue
    const cache = Number(new RegExp(`^${cacheKey} (\\d{1,18})$`, 'm').exec(files.get(statFile) ?? '')?.[1] ?? 0)
    return { limit, used: Math.max(0, (number(usedFile) ?? 0) - cache) }
  }
  return null
}

/** WSL and containers, from the same files. */
export function environmentOf (files: Files, variables: ReadonlyMap<string, string>): HostFacts['environment'] {
  const isWsl = /microsoft/i.test(files.get('/proc/version') ?? '')
  const isContainer = files.has('/.dockerenv') || files.has('/run/.containerenv') || variables.has('container') || variables.has('KUBERNETES_SERVICE_HOST') ||
    /\b(docker|kubepods|containerd|lxc|libpod)\b/.test(files.get('/proc/1/cgroup') ?? '')
  return [...isWsl ? ['wsl' as const] : [], ...isContainer ? ['container' as const] : []]
}
