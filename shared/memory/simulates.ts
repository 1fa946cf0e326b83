import type { Architecture } from '../architecture/index.ts'
import { familyOf } from './modules/families/index.ts'

/** Whether the engine can run a model of this shape. Cheap: for lists that mark what cannot be planned yet. */
export const simulates = (architecture: Architecture): boolean => familyOf(architecture, '').ok

/** The linear layers of a model's blocks by the names that adapters target; empty when the model cannot be simulated. */
export function linearLayersOf (architecture: Architecture): readonly string[] {
  const family = familyOf(architecture, '')
  return family.ok ? [...family.value.linearLayers(architecture).keys()] : []
}

/** What LoRA may target besides linear layers: the stacks of experts and the router, by PEFT's names for them. */
export function expertTargetsOf (architecture: Architecture): readonly string[] {
  const family = familyOf(architecture, '')
  if (!family.ok) return []
  const targets = family.value.stackTargets?.(architecture) ?? []
  const usual = targets.filter(({ isLinear }) => isLinear)
  return (usual.length > 0 ? usual : targets).flatMap(({ names }) => names)
}
