import type { Plan, PlanProblem } from '../plan/index.ts'
import { ok, type Result } from '../units/index.ts'
import { NO_ROLES, sharesStack } from './algorithms/roles.ts'
import { streamOf, type EventStream } from './allocator/eventStream.ts'
import { unroll } from './allocator/unroll.ts'
import { assemble } from './assemble.ts'
import { loopsTooLong } from './expertLoopSpread.ts'
import type { Spread } from './optimizers/index.ts'
import { kernelPackages } from './mixerKernels.ts'
import { labelsOf, partsAt } from './parts.ts'
import { extrapolate, extrapolatePeak, highestSegment, toPhasePeak, type Peak } from './phases.ts'
import { resolvePlan } from './resolve.ts'
import type { ResolvedPlan } from './resolvedPlan.ts'
import type { Estimate, Part, PhasePeak } from './result.ts'
import { simulate, type Simulation } from './simulate.ts'
import { simulateStacks } from './simulateStacks.ts'
import { DEEPER, findPattern, SHALLOW, withRepeats } from './stack.ts'

export type Depth = 'fast' | 'full' | 'every-block'

export interface EstimateOptions {
  /**
   * `fast` runs 3 and 4 repeats of the stack's pattern, extrapolates the peaks to the byte, and bounds reserved memory. `full` (default)
   * makes the event stream of all blocks, from that of 4 repeats where they do the same, and replays it through the caching allocator.
   * `every-block` runs each block instead: what the others are held against. Long loops over experts always run fast.
   */
  readonly depth?: Depth
  /** Compute capability of the GPU, `9.0`: decides the cuBLAS workspace. */
  readonly computeCapability?: string | null
  /** Bytes of the GPU: what an inference engine takes its share of. Absent: it takes what it needs. */
  readonly deviceMemory?: number | null
}

/**
 * The memory of a training run: the only door of the engine. Problems name the plan's fields; a plan without problems always
 * has an estimate.
 */
export function estimate (plan: Plan, options: EstimateOptions = {}): Result<Estimate, PlanProblem> {
  const resolved = resolvePlan(plan)
  if (!resolved.ok) return resolved
  const depth = loopsTooLong(resolved.value) ? 'fast' : options.depth ?? 'full'
  const simulated = depth === 'every-block' ? simulateFully(resolved.value, { log: true }) : simulateRepeats(resolved.value, { log: depth === 'full' })
  return ok(assemble(resolved.value, simulated, options, kernelSaving(resolved.value, simulated)))
}

/** Bytes that the fused kernels of the model's mixers would save at the peak; 0 where they run or have nothing to do. */
function kernelSaving (resolved: ResolvedPlan, { phases }: Simulated): number {
  const { plan, architecture } = resolved
  if (!kernelPackages(architecture) || plan.runtime.mixerKernels) return 0
  const fused = simulateRepeats({ ...resolved, plan: { ...plan, runtime: { ...plan.runtime, mixerKernels: true } } }, { log: false })
  const highest = (of: readonly PhasePeak[]): number => Math.max(...of.map(({ peak }) => peak))
  return Math.max(0, highest(phases) - highest(fused.phases))
}

export interface Simulated {
  readonly phases: readonly PhasePeak[]
  readonly peakPhase: number
  readonly trainable: number
  readonly spread: Spread
  readonly largestBuffer: number
  /** What is alive at the peak of a phase; computed when somebody asks. */
  readonly partsOf: (phase: number) => readonly Part[]
  /** The event stream of the whole run; null when nobody asked for it. */
  readonly stream: EventStream | null
}

/** Every block on one tape. Without a log there is nothing to replay, and the list of buffers takes another run. */
function simulateFully (resolved: ResolvedPlan, options: { readonly log: boolean }): Simulated {
  const stack = findPattern(resolved.places)
  const peaksOf = (of: Simulation): Peak[] => of.phases.map((phase) => highestSegment(phase, stack))
  const [run] = options.log ? [simulate(resolved, resolved.places, options)] : simulateStacks(resolved, [resolved.places])
  const { phases, peakPhase } = summarize(run, peaksOf(run), run.phases.map((phase) => phase.liveAfter))
  let logged = options.log ? run : null
  return {
    phases,
    peakPhase,
    trainable: run.trainableParameters,
    spread: run.optimizerSpread,
    largestBuffer: run.largestBuffer,
    partsOf: (phase) => {
      logged ??= simulate(resolved, resolved.places, { log: true })
      return partsAt(peaksOf(logged)[phase]!, logged.log!, labelsOf(resolved), null)
    },
    stream: run.log && streamOf(run.log)
  }
}

/** A role whose blocks are not the policy's repeats in another rhythm: there is no common pattern to extrapolate. */
const hasForeignStack = (resolved: ResolvedPlan): boolean =>
  Object.values(resolved.roles ?? NO_ROLES).some((role: ResolvedPlan | null) => role !== null && !sharesStack(role, resolved))

/** Few repeats of the stack's pattern stand for all of them; where there is no pattern, or its event stream is asked for and none follows from it, every block is run. */
function simulateRepeats (resolved: ResolvedPlan, options: { readonly log: boolean }): Simulated {
  const stack = findPattern(resolved.places)
  if (stack.repeats === 0 || resolved.plan.method.kind === 'prefix' || hasForeignStack(resolved)) return simulateFully(resolved, options)
  const [few, more] = [withRepeats(stack, SHALLOW), withRepeats(stack, DEEPER)]
  const [shallow, deeper] = options.log ? [simulate(resolved, few, { log: false }), simulate(resolved, more, options)] : simulateStacks(resolved, [few, more])
  const stream = deeper.log && unroll(shallow, deeper, stack)
  if (options.log && !stream) return simulateFully(resolved, options)
  const peaksOf = (a: Simulation, b: Simulation): Peak[] => a.phases.map((phase, i) => extrapolatePeak(phase, b.phases[i]!, stack))
  const live = shallow.phases.map((phase, i) => extrapolate(phase.liveAfter, deeper.phases[i]!.liveAfter, stack))
  const { phases, peakPhase } = summarize(shallow, peaksOf(shallow, deeper), live)
  let logged: readonly [Simulation, Simulation] | null = null
  return {
    phases,
    peakPhase,
    trainable: extrapolate(shallow.trainableParameters, deeper.trainableParameters, stack),
    spread: {
      workspace: extrapolate(shallow.optimizerSpread.workspace, deeper.optimizerSpread.workspace, stack),
      managed: extrapolate(shallow.optimizerSpread.managed, deeper.optimizerSpread.managed, stack)
    },
    largestBuffer: deeper.largestBuffer,
    partsOf: (phase) => {
      logged ??= [simulate(resolved, few, { log: true }), simulate(resolved, more, { log: true })]
      const [a, b] = logged
      return partsAt(peaksOf(a, b)[phase]!, a.log!, labelsOf(resolved), { deeper: b.log!, stack })
    },
    stream
  }
}

function summarize ({ phases: traces }: Simulation, peaks: readonly Peak[], live: readonly number[]): Pick<Simulated, 'phases' | 'peakPhase'> {
  const phases = traces.map((phase, i) => toPhasePeak(phase, peaks[i]!, live[i]!))
  return { phases, peakPhase: phases.reduce((highest, phase, i) => phase.peak > phases[highest]!.peak ? i : highest, 0) }
}
