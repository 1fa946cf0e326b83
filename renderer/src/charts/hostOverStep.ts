import type { Estimate, HostPart, PhaseKind } from '#shared/memory/index.ts'

/** Phases in which the policy learns: its optimizer states are on the GPU. */
const LEARNING: ReadonlySet<PhaseKind> = new Set(['load', 'forward', 'policy-without-gradient', 'reference', 'loss', 'backward', 'optimizer', 'critic-forward', 'critic-loss', 'critic-backward', 'critic-optimizer'])

/** Parts that are on the host in some phases of a step only: what left the GPU, while it is away. */
const isAway = ({ name }: HostPart, kind: PhaseKind): boolean =>
  name === 'offloaded-states' ? !LEARNING.has(kind) : name === 'engine-weights' ? kind !== 'rollout' : true

/** RAM of the process in each phase; null where it is the same in all. */
export function hostOverStep ({ host, phases }: Estimate, shown: readonly number[]): readonly number[] | null {
  const parts = host?.parts.filter(({ stage }) => stage === 'training') ?? []
  const held = shown.map((i) => parts.reduce((sum, part) => isAway(part, phases[i]!.kind) ? sum + part.bytes.expected : sum, 0))
  return held.some((bytes) => bytes !== held[0]) ? held : null
}
