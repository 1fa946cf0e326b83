import type { Plan } from '../../plan/index.ts'
import type { Category } from '../category.ts'
import type { ResolvedPlan } from '../resolvedPlan.ts'
import type { Breakdown, PhaseKind, PhasePeak } from '../result.ts'
import { bytes, type Bytes } from '../../units/index.ts'
import type { EngineMemory } from './engine.ts'

/* What of the trainer leaves the GPU before the policy learns, and what the engine holds in each phase. */

/** Phases before the updates of a step. */
const BEFORE_UPDATES: ReadonlySet<PhaseKind> = new Set(['weight-sync', 'rollout', 'prefill', 'decode', 'buffers', 'reward', 'old-log-probabilities', 'reference-log-probabilities', 'values'])
/** Phases in which an engine has weights and cache on the GPU. */
const GENERATING: ReadonlySet<PhaseKind> = new Set(['rollout'])

/** The phases as the GPU sees them: optimizer states, and while generating weights, on the host where the plan says so. */
export function placePhases ({ plan }: ResolvedPlan, phases: readonly PhasePeak[], engine: EngineMemory | null): readonly PhasePeak[] {
  const { reinforcement } = plan
  if (!reinforcement || (!engine && reinforcement.offloadWhileGenerating === 'none')) return phases
  return phases.map((phase) => {
    const leaves = leavingCategories(plan, phase.kind)
    const breakdown = Object.fromEntries(Object.entries(phase.breakdown).filter(([category]) => !leaves.has(category as Category))) as Breakdown
    const left = Object.entries(phase.breakdown).reduce((sum, [category, held]) => leaves.has(category as Category) ? sum + held : sum, 0)
    const resident = engine && engineIn(phase.kind, engine)
    return {
      ...phase,
      peak: bytes(phase.peak - left),
      liveAfter: bytes(Math.max(0, phase.liveAfter - left)),
      breakdown,
      ...resident ? { engine: resident } : {}
    }
  })
}

/** What of the trainer is on the host during a phase. */
export function leavingCategories ({ reinforcement }: Plan, kind: PhaseKind): ReadonlySet<Category> {
  const offload = reinforcement?.offloadWhileGenerating ?? 'none'
  if (offload === 'none' || !BEFORE_UPDATES.has(kind)) return new Set()
  return new Set<Category>(offload === 'optimizer-and-weights' && GENERATING.has(kind) ? ['optimizer-states', 'master-weights', 'weights', 'adapters'] : ['optimizer-states', 'master-weights'])
}

/** While weights are copied over the engine holds them and no cache yet. */
function engineIn (kind: PhaseKind, engine: EngineMemory): Bytes {
  if (GENERATING.has(kind)) return engine.awake.expected
  return kind === 'weight-sync' ? bytes(Math.max(engine.whileLearning.expected, engine.weights + engine.graphs.expected)) : engine.whileLearning.expected
}
