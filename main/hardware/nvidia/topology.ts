import type { LinkKind } from '#shared/contract/index.ts'

/** Links between the cards of one host, by the numbers that nvidia-smi gives them. */
export interface GpuMatrix {
  readonly gpus: readonly number[]
  readonly links: readonly { readonly a: number, readonly b: number, readonly kind: LinkKind, readonly lanes: number | null }[]
}

/** Far beyond any real matrix, in characters. */
const LONGEST = 256 * 1024

/**
 * Reads the matrix of `nvidia-smi topo -m`: tabs as printed, or columns of spaces as pasted, with underlines and the rows of
 * network cards. Null when there is none. A text without its header line counts the first columns as the GPUs.
 */
export function readTopology (text: string): GpuMatrix | null {
  const lines = text.slice(0, LONGEST).replaceAll(/\u001B\[[0-9;]*m/g, '').split(/\r?\n/)
  const header = lines.map(headerOf).find((columns) => columns !== null)
  const rows = lines.flatMap((line) => {
    const gpu = /^\s*GPU(\d{1,3})\s+(.*)$/.exec(line)
    // The header's own first name is followed by another name, never by a link.
    return gpu === null || headerOf(line) !== null ? [] : [{ gpu: Number(gpu[1]), cells: gpu[2]!.trim().split(/\s+/) }]
  })
  if (rows.length === 0) return null
  const columns = header ?? rows.map((row) => row.gpu)
  const found = new Map<string, { a: number, b: number, kind: LinkKind, lanes: number | null }>()
  for (const { gpu, cells } of rows) {
    columns.forEach((other, i) => {
      const link = linkOf(cells[i])
      if (link !== null && other !== gpu && other >= 0) keep(found, Math.min(gpu, other), Math.max(gpu, other), link)
    })
  }
  return { gpus: [...new Set(rows.map((row) => row.gpu))], links: [...found.values()].sort((x, y) => x.a - y.a || x.b - y.b) }
}

/** The GPU number of each column, -1 for a network card; null for a line that is no header. */
function headerOf (line: string): number[] | null {
  const names = line.trim().split(/\s+/)
  const end = names.findIndex((name) => !/^(GPU\d{1,3}|NIC\d{1,3}|mlx\d_\w+|ib\w*|\w+_\d+)$/i.test(name))
  const devices = end < 0 ? names : names.slice(0, end)
  if (devices.length === 0 || !/^GPU\d/.test(devices[0]!) || (end >= 0 && !/^(CPU|NUMA|GPU)$/i.test(names[end]!))) return null
  return devices.map((name) => /^GPU(\d+)$/.exec(name) === null ? -1 : Number(name.slice(3)))
}

type Link = Readonly<{ kind: LinkKind, lanes: number | null }>

const KINDS: Readonly<Record<string, LinkKind>> = { PIX: 'pix', PXB: 'pxb', PHB: 'phb', NODE: 'node', SOC: 'sys', SYS: 'sys', PSB: 'pix' }

function linkOf (cell: string | undefined): Link | null {
  const nvlink = /^NV(\d{1,3})$/.exec(cell ?? '')?.[1]
  if (nvlink !== undefined) return { kind: 'nvlink', lanes: Number(nvlink) }
  const kind = KINDS[cell ?? '']
  return kind === undefined ? null : { kind, lanes: null }
}

/** Both directions are printed; should they differ, the slower one holds. */
function keep (found: Map<string, Link & { a: number, b: number }>, a: number, b: number, link: Link): void {
  const known = found.get(`${a}-${b}`)
  if (known === undefined || (known.kind === 'nvlink' && link.kind !== 'nvlink')) found.set(`${a}-${b}`, { a, b, ...link })
}
