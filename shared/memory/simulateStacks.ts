import { BlockEffects, Unequal } from './passes/blockEffects.ts'
import { representative } from './passes/representative.ts'
import type { ResolvedPlan } from './resolvedPlan.ts'
import { simulate, type Simulation } from './simulate.ts'
import type { LayerPlace } from './stack.ts'

type Stacks = readonly (readonly LayerPlace[])[]
type Simulations<T extends Stacks> = { [K in keyof T]: Simulation }

/**
 * The same simulations as of every stack in full, without logs. Where few blocks have every context of the stacks, only these
 * are run, and what they did stands for the others; where blocks taken for equal turn out not to be, all are run.
 */
export function simulateStacks<const T extends Stacks> (resolved: ResolvedPlan, stacks: T): Simulations<T> {
  const all = (): Simulations<T> => stacks.map((places) => simulate(resolved, places, { log: false })) as Simulations<T>
  const few = representative(stacks.at(-1)!)
  const blocks = stacks.reduce((sum, { length }) => sum + length, 0)
  const sort = sortOf(resolved)
  if (!isFollowed(resolved) || few.length > blocks * WORTHWHILE || unequal.has(sort)) return all()
  try {
    const effects = new BlockEffects()
    const { largestBuffer } = simulate(resolved, few, { log: false, effects })
    return stacks.map((places) => {
      const simulation = simulate(resolved, places, { log: false, effects, replays: true })
      return { ...simulation, largestBuffer: Math.max(largestBuffer, simulation.largestBuffer) }
    }) as Simulations<T>
  } catch (error) {
    if (!(error instanceof Unequal)) throw error
    unequal.add(sort)
    return all()
  }
}

/** Where the blocks to run are more of them than this, noting what they did takes longer than running the others. */
const WORTHWHILE = 0.7

/** Models whose blocks were found unequal under such settings: not to be tried at every estimate. */
const unequal = new Set<string>()
const sortOf = ({ architecture, plan: { method, runtime } }: ResolvedPlan): string => [architecture.modelType, method.kind, runtime.checkpointing, runtime.attention].join()

/** Router logits leave their blocks; Unsloth treats the last checkpointed block apart; optimizers that run during the backward pass hook into it; prefixes reach every block. */
const isFollowed = ({ plan }: ResolvedPlan): boolean =>
  plan.algorithm === 'sft' && plan.method.kind !== 'prefix' && !plan.optimizer.inBackward && plan.runtime.checkpointOffload !== 'unsloth' && !plan.runtime.routerLoss
