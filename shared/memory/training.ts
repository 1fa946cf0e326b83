import type { Plan } from '../plan/index.ts'
import type { LayerPlace } from './stack.ts'

/* What a plan trains and checkpoints, block by block. */

/** BAdam trains one block at a time, never embedding or head; the first block is the one whose backward pass is the longest. */
export function trainsLayer ({ method, optimizer }: Plan, index: number, layers: number): boolean {
  if (method.kind === 'full') return optimizer.kind !== 'badam' || index === 0
  return method.kind === 'freeze' && index >= layers - method.trainableLayers
}

/** transformers modeling_utils.py _set_gradient_checkpointing: layer_index % every_n_layers == 0. */
export const checkpointsLayer = ({ runtime }: Plan, index: number): boolean => runtime.checkpointing !== 'none' && index % (runtime.checkpointEvery ?? 1) === 0

/** Whether embedding, last norm and head are trained. */
export const trainsOutside = ({ method, optimizer }: Plan): boolean => method.kind === 'full' && optimizer.kind !== 'badam'

/** The same blocks as the role trains and checkpoints them. */
export const placesOf = (places: readonly LayerPlace[], plan: Plan): LayerPlace[] =>
  places.map(({ kind }, i) => ({ kind, trained: trainsLayer(plan, i, places.length), checkpointed: plan.runtime.checkpointing !== 'none' }))

/** The same blocks, neither trained nor checkpointed. */
export const frozenPlaces = (places: readonly LayerPlace[]): LayerPlace[] => places.map(({ kind }) => ({ kind, trained: false, checkpointed: false }))
