import { parameterCount } from '../architecture/index.ts'
import type { Plan, PlanProblem } from '../plan/index.ts'
import { bytes, ok, type Bytes, type Result } from '../units/index.ts'
import { replay } from './allocator/replay.ts'
import { assumptionsOf } from './assumptions.ts'
import type { Category } from './category.ts'
import { CUDA_CONTEXT, cublasWorkspaces, highestReserved, quickReserved } from './overhead.ts'
import { largestBuffer, partsAt } from './parts.ts'
import { extrapolate, extrapolatePeak, highestSegment, toPhasePeak, type Peak } from './phases.ts'
import { resolvePlan, type ResolvedPlan } from './resolve.ts'
import type { Breakdown, Estimate, Part, PhasePeak, Uncertain } from './result.ts'
import { simulate, type Simulation } from './simulate.ts'
import { DEEPER, findPattern, SHALLOW, withRepeats, type Stack } from './stack.ts'

export interface EstimateOptions {
  /**
   * `full` (default) runs every block and replays the caching allocator; `fast` runs 3 and 4 repeats of the stack's pattern, extrapolates the same
   * peaks to the byte, and bounds reserved memory instead of replaying it.
   */
  readonly depth?: 'fast' | 'full'
  /** Compute capability of the GPU, `9.0`: decides the cuBLAS workspace. */
  readonly computeCapability?: string | null
}

/**
 * The memory of a training run: the only door of the engine. Problems name the plan's fields; a plan without problems always
 * has an estimate.
 */
export function estimate (plan: Plan, options: EstimateOptions = {}): Result<Estimate, PlanProblem> {
  const resolved = resolvePlan(plan)
  if (!resolved.ok) return resolved
  const depth = options.depth ?? 'full'
  const simulated = depth === 'full' ? simulateFully(resolved.value) : simulateFast(resolved.value)
  return ok(assemble(resolved.value, simulated, depth, cublasWorkspaces(options.computeCapability ?? null)))
}

interface Simulated {
  readonly phases: readonly PhasePeak[]
  readonly peakPhase: number
  readonly parts: readonly Part[]
  readonly trainable: number
  /** The event stream of the whole run; null when it was not run in full. */
  readonly full: Simulation | null
}

function simulateFully (resolved: ResolvedPlan): Simulated {
  const stack = findPattern(resolved.places)
  const run = simulate(resolved, resolved.places)
  const peaks = run.phases.map((phase) => highestSegment(phase, stack))
  return summarize(run, run, peaks, run.phases.map((phase) => phase.liveAfter), stack, run)
}

function simulateFast (resolved: ResolvedPlan): Simulated {
  const stack = findPattern(resolved.places)
  if (stack.repeats === 0) return { ...simulateFully(resolved), full: null }
  const shallow = simulate(resolved, withRepeats(stack, SHALLOW))
  const deeper = simulate(resolved, withRepeats(stack, DEEPER))
  const pairs = shallow.phases.map((phase, i) => [phase, deeper.phases[i]!] as const)
  const peaks = pairs.map(([a, b]) => extrapolatePeak(a, b, stack))
  const live = pairs.map(([a, b]) => extrapolate(a.liveAfter, b.liveAfter, stack))
  return summarize(shallow, deeper, peaks, live, stack, null)
}

function summarize (shallow: Simulation, deeper: Simulation, peaks: readonly Peak[], live: readonly number[], stack: Stack, full: Simulation | null): Simulated {
  const phases = shallow.phases.map((phase, i) => toPhasePeak(phase, peaks[i]!, live[i]!))
  const peakPhase = phases.reduce((highest, phase, i) => phase.peak > phases[highest]!.peak ? i : highest, 0)
  const trainable = shallow === deeper ? shallow.trainableParameters : extrapolate(shallow.trainableParameters, deeper.trainableParameters, stack)
  return { phases, peakPhase, parts: partsAt(peaks[peakPhase]!, shallow, deeper, stack), trainable, full }
}

function assemble (resolved: ResolvedPlan, simulated: Simulated, depth: 'fast' | 'full', workspaces: readonly Bytes[]): Estimate {
  const { phases, peakPhase, parts, full } = simulated
  const peak = phases[peakPhase]!
  const workspace = workspaces.reduce<number>((sum, w) => sum + w, 0)
  const allocated = bytes(peak.peak + workspace)
  const reserved = reservedMemory(allocated, full, parts, workspaces)
  const total: Uncertain = {
    expected: bytes(reserved.expected + CUDA_CONTEXT.expected),
    low: bytes(reserved.low + CUDA_CONTEXT.low),
    high: bytes(reserved.high + CUDA_CONTEXT.high)
  }
  const breakdown: Partial<Record<Category, Bytes>> = {
    ...peak.breakdown,
    workspace: bytes(workspace),
    context: CUDA_CONTEXT.expected,
    fragmentation: bytes(reserved.expected - allocated)
  }
  return {
    plan: resolved.plan,
    modelName: resolved.modelName,
    parameters: { total: parameterCount(resolved.architecture)?.total ?? 0, trainable: simulated.trainable },
    phases,
    peakPhase,
    allocated,
    reserved,
    total,
    breakdown: breakdown as Breakdown,
    parts,
    assumptions: assumptionsOf(resolved, depth)
  }
}

function reservedMemory (allocated: number, full: Simulation | null, parts: readonly Part[], workspaces: readonly Bytes[]): Uncertain {
  if (!full) {
    const expected = quickReserved(allocated, largestBuffer(parts))
    return { expected, low: bytes(allocated), high: highestReserved(allocated, expected) }
  }
  const expected = bytes(replay(full.events, { expandableSegments: false, workspaces }))
  const expandable = replay(full.events, { expandableSegments: true, workspaces })
  return { expected, low: bytes(Math.max(allocated, Math.min(expected, expandable))), high: highestReserved(allocated, expected) }
}
