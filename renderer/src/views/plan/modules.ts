import { architectureFromConfig } from '#shared/architecture/index.ts'
import { findModel } from '#shared/catalog/index.ts'
import { expertTargetsOf, linearLayersOf } from '#shared/memory/index.ts'
import { hasAdapters, type Plan } from '#shared/plan/index.ts'

/** The linear layers of a Llama-like decoder block. */
const LLAMA = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj']
/** Outside the blocks: LoRA may name them, and all-linear leaves them out. */
const OUTSIDE = ['embed_tokens', 'lm_head']

/** The linear layers of the model's blocks; Llama's while the model is not known. */
export function adaptableModules ({ model }: Plan): readonly string[] {
  if ('architecture' in model) return LLAMA
  const read = 'config' in model ? architectureFromConfig(model.config) : null
  const architecture = 'id' in model ? findModel(model.id)?.architecture : read?.ok ? read.value : undefined
  const names = architecture ? linearLayersOf(architecture) : []
  return names.length > 0 ? names : LLAMA
}

/** Stacks of experts, which LoRA alone can have. */
function expertModules ({ model }: Plan): readonly string[] {
  const architecture = 'id' in model ? findModel(model.id)?.architecture : undefined
  return architecture ? expertTargetsOf(architecture) : []
}

/** Everything that an adapter of this method may be put on. */
export const targetableModules = (plan: Plan): readonly string[] =>
  hasAdapters(plan.method) && !plan.method.dora ? [...adaptableModules(plan), ...expertModules(plan), ...OUTSIDE] : adaptableModules(plan)
