import type { Architecture } from '../architecture/index.ts'
import type { Plan, PlanProblem } from '../plan/index.ts'
import type { Family } from './modules/families/index.ts'
import { languageModelOf } from './modules/families/vision.ts'

/** Configs that say how many key heads they have in another place than PEFT looks (peft/utils/other.py _prepare_prompt_learning_config). */
const HIDES_KEY_HEADS = new Set(['falcon', 'dbrx'])

/**
 * What of a model PEFT 0.21's prefix tuning does not work with, as run with transformers 5.18: a plain DynamicCache of keys and values,
 * all layers alike, is handed to every layer (peft_model.py get_prompt). Null: it works.
 */
function obstacle (architecture: Architecture, family: Family, plan: Plan): string | null {
  const { architecture: stack, mla, modelType = '', kvHeads, heads, headDim, vHeadDim = headDim } = architecture
  // PeftModelForSeq2SeqLM calls _prepare_encoder_decoder_kwargs_for_generation, which transformers 5 no longer has.
  if (stack === 'encoder-decoder') return 'an encoder-decoder stack'
  if (mla) return 'multi-head latent attention'
  if (modelType === 'deepseek_v4') return 'compressed attention'
  // cache_utils.py has_previous_state: layers of a state or a convolution need a cache of their own kind.
  if (family.layerKinds(architecture, plan).some((kind) => !/^(full|sliding)/.test(kind))) return 'layers of different kinds'
  if (vHeadDim !== headDim) return 'a value width of its own'
  return HIDES_KEY_HEADS.has(modelType) && kvHeads !== heads ? 'key heads that PEFT does not find' : null
}

export function checkPrefix (plan: Plan, architecture: Architecture, family: Family, model: string): PlanProblem[] {
  if (plan.method.kind !== 'prefix') return []
  const feature = obstacle(languageModelOf(architecture) ?? architecture, family, plan)
  return feature ? [{ path: 'method.kind', code: 'prefix-refused', values: { model, feature } }] : []
}
