import type { DetectedGpu, LinkKind, Topology } from '#shared/contract/index.ts'

export interface LinkCell {
  readonly kind: LinkKind
  /** `NV18`, `SYS`: the words of nvidia-smi. */
  readonly text: string
}

export interface MatrixRow {
  readonly gpu: DetectedGpu
  /** In the order of the devices; null on the diagonal and where nothing is known. */
  readonly cells: readonly (LinkCell | null)[]
}

const textOf = ({ kind, lanes }: Topology['links'][number]): string => kind === 'nvlink' ? `NV${lanes ?? ''}` : kind.toUpperCase()

/** How each device reaches each other one. */
export function topologyMatrix (gpus: readonly DetectedGpu[], { links }: Topology): MatrixRow[] {
  const known = new Map<string, LinkCell>()
  for (const link of links) {
    const cell = { kind: link.kind, text: textOf(link) }
    known.set(`${link.a} ${link.b}`, cell)
    known.set(`${link.b} ${link.a}`, cell)
  }
  return gpus.map((gpu) => ({ gpu, cells: gpus.map((other) => known.get(`${gpu.key} ${other.key}`) ?? null) }))
}
