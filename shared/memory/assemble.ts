import { parameterCount } from '../architecture/index.ts'
import { bytes, type Bytes } from '../units/index.ts'
import { replay } from './allocator/replay.ts'
import { assumptionsOf } from './assumptions/index.ts'
import { attentionSpread } from './attentionSpread.ts'
import type { Category } from './category.ts'
import type { EstimateOptions, Simulated } from './estimate.ts'
import { imageSpread } from './imageSpread.ts'
import { diskSpace, hostMemory } from './host/index.ts'
import { expertLoopSpread } from './expertLoopSpread.ts'
import { pathSpread } from './losses/pathSpread.ts'
import { packingSpread, unpaddedSpread } from './packingSpread.ts'
import { formatSpread } from './modules/quantization/spread.ts'
import { CUDA_CONTEXT, cublasWorkspaces, highestReserved, quickReserved } from './overhead.ts'
import type { ResolvedPlan } from './resolvedPlan.ts'
import type { Breakdown, Estimate, Part, PhasePeak, Uncertain } from './result.ts'
import { engineMemory, type EngineMemory } from './rollout/engine.ts'
import { leavingCategories, placePhases } from './rollout/placement.ts'

/** What the tape saw, with all that is outside of it: library workspaces, reserved segments, context, inference engine, host and disk. */
export function assemble (resolved: ResolvedPlan, simulated: Simulated, options: EstimateOptions, kernelSaving = 0): Estimate {
  const workspaces = cublasWorkspaces(options.computeCapability ?? null)
  const workspace = bytes(workspaces.reduce<number>((sum, w) => sum + w, 0))
  const engine = engineMemory(resolved, options.deviceMemory ?? null)
  const phases = placePhases(resolved, simulated.phases, engine)
  const highest = highestOf(phases, () => true)
  const allocated = bytes(phases[highest]!.peak + workspace)
  const simulatedReserved = reservedMemory(allocated, simulated, workspaces)
  const foreign = foreignSpread(resolved, phases[highest]!) + imageSpread(resolved)
  const untraced = pathSpread(resolved)
  const reserved: Uncertain = {
    ...simulatedReserved,
    low: bytes(simulatedReserved.low - foreign - kernelSaving - Math.min(unpaddedSpread(resolved), phases[highest]!.breakdown.activations ?? 0) - Math.min(untraced, phases[highest]!.breakdown['logits-and-loss'] ?? 0)),
    high: bytes(untraced + simulatedReserved.high + simulated.spread.workspace + formatSpread(resolved) + expertLoopSpread(resolved) + attentionSpread(resolved) + packingSpread(resolved) + foreign)
  }
  const { total, breakdown, peakPhase } = decide(phases, { workspace, allocated, reserved, managed: simulated.spread.managed, engine })
  const partsOf = (phase: number): readonly Part[] => {
    const leaves = leavingCategories(resolved.plan, phases[phase]!.kind)
    return simulated.partsOf(phase).filter(({ category }) => !leaves.has(category))
  }
  let parts: readonly Part[] | null = null
  return {
    plan: resolved.plan,
    modelName: resolved.modelName,
    parameters: { total: parameterCount(resolved.architecture)?.total ?? 0, trainable: simulated.trainable },
    phases,
    peakPhase,
    allocated,
    reserved,
    total,
    breakdown,
    get parts () { return parts ??= partsOf(peakPhase) },
    partsOf,
    assumptions: assumptionsOf(resolved, simulated.stream ? 'full' : 'fast', simulated.spread, kernelSaving),
    host: hostMemory(resolved, { trainable: simulated.trainable, managed: simulated.spread.managed, phases: simulated.phases, engineWeights: engine?.weights ?? 0 }),
    disk: diskSpace(resolved, simulated.trainable, phases),
    ...engine ? { engine } : {}
  }
}

/** By how much the activations of a model with code of its own may differ from those of the block that stands for it. */
function foreignSpread ({ family }: ResolvedPlan, { breakdown }: PhasePeak): number {
  const { activations = 0, checkpoints = 0, temporaries = 0 } = breakdown
  return Math.round((family.approximates?.share ?? 0) * (activations + checkpoints + temporaries))
}

interface Around {
  readonly workspace: Bytes
  readonly allocated: Bytes
  readonly reserved: Uncertain
  readonly managed: number
  readonly engine: EngineMemory | null
}

/**
 * The moment that decides. While the policy learns, the trainer's reserved segments and what the engine keeps; while the engine
 * generates, the engine and what the trainer holds, whose cached segments were given back before (TRL, verl and OpenRLHF call empty_cache).
 */
function decide (phases: readonly PhasePeak[], { workspace, allocated, reserved, managed, engine }: Around): Pick<Estimate, 'total' | 'breakdown' | 'peakPhase'> {
  const generating = ({ kind }: PhasePeak): boolean => engine !== null && (kind === 'rollout' || kind === 'weight-sync')
  const learning = highestOf(phases, (phase) => !generating(phase))
  const kept = engine?.whileLearning ?? NOTHING
  const whileLearning: Uncertain = {
    expected: bytes(reserved.expected + CUDA_CONTEXT.expected + kept.expected),
    low: bytes(reserved.low + CUDA_CONTEXT.low + kept.low),
    high: bytes(reserved.high + CUDA_CONTEXT.high + managed + kept.high)
  }
  const rollout = highestOf(phases, generating, ({ peak, engine: beside }) => peak + (beside ?? 0))
  const beside = phases[rollout]?.engine ?? 0
  const held = rollout < 0 ? 0 : phases[rollout]!.peak + workspace
  const whileGenerating: Uncertain | null = rollout < 0 || !engine
    ? null
    : {
      expected: bytes(held + CUDA_CONTEXT.expected + beside),
      low: bytes(held + CUDA_CONTEXT.low + Math.min(beside, engine.awake.low)),
      high: bytes(Math.max(held, reserved.expected) + CUDA_CONTEXT.high + beside + engine.awake.high - engine.awake.expected)
    }
  const parts = (phase: number, outside: Partial<Record<Category, number>>): Breakdown =>
    Object.fromEntries(Object.entries({ ...phases[phase]!.breakdown, workspace, context: CUDA_CONTEXT.expected, ...outside }).filter(([, b]) => b > 0)) as Breakdown
  if (whileGenerating && whileGenerating.expected > whileLearning.expected) {
    return { total: whileGenerating, peakPhase: rollout, breakdown: parts(rollout, { 'rollout-engine': beside }) }
  }
  const fragmentation = reserved.expected - phases[learning]!.peak - workspace
  return {
    // The interval reaches as far as either moment does.
    total: whileGenerating ? { ...whileLearning, high: bytes(Math.max(whileLearning.high, whileGenerating.high)) } : whileLearning,
    peakPhase: learning,
    breakdown: { ...parts(learning, { 'rollout-engine': kept.expected }), fragmentation: bytes(Math.max(0, fragmentation, reserved.expected - allocated)) }
  }
}

const NOTHING: Uncertain = { low: bytes(0), expected: bytes(0), high: bytes(0) }

/** The index of the highest of the phases that count; −1 without any. */
function highestOf (phases: readonly PhasePeak[], counts: (phase: PhasePeak) => boolean, held = ({ peak }: PhasePeak): number => peak): number {
  let best = -1
  phases.forEach((phase, i) => {
    if (counts(phase) && (best < 0 || held(phase) > held(phases[best]!))) best = i
  })
  return best
}

function reservedMemory (allocated: number, { stream, largestBuffer }: Simulated, workspaces: readonly Bytes[]): Uncertain {
  if (!stream) {
    const expected = quickReserved(allocated, largestBuffer)
    return { expected, low: bytes(allocated), high: highestReserved(allocated, expected) }
  }
  const expected = replay(stream, { expandableSegments: false, workspaces })
  const expandable = replay(stream, { expandableSegments: true, workspaces })
  return { expected, low: bytes(Math.max(allocated, Math.min(expected, expandable))), high: highestReserved(allocated, expected) }
}
