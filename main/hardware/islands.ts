import type { Topology } from '#shared/contract/index.ts'

/** Groups of devices that fast links (NVLink, XGMI) connect, largest first; a device alone is no group. */
export function islandsOf (links: Topology['links']): string[][] {
  const group = new Map<string, Set<string>>()
  for (const { a, b, kind } of links) {
    if (kind !== 'nvlink' && kind !== 'xgmi') continue
    const joined = new Set([...group.get(a) ?? [a], ...group.get(b) ?? [b]])
    for (const key of joined) group.set(key, joined)
  }
  return [...new Set(group.values())].map((keys) => [...keys]).sort((x, y) => y.length - x.length)
}
