import type { Architecture } from '../../../architecture/architecture.ts'
import type { PlanProblem } from '../../../plan/index.ts'
import { failed, ok, type Result } from '../../../units/index.ts'
import { DENSE_FAMILIES } from './denseFamilies.ts'
import { ENCODER_FAMILIES } from './encoder/index.ts'
import type { Family } from './family.ts'
import { foreignFeature } from './foreign.ts'
import { HYBRID_FAMILIES } from './hybrid/families.ts'
import { llamaFamily } from './llama.ts'
import { MIXTURE_FAMILIES } from './mixtures.ts'
import { STATE_SPACE_FAMILIES } from './stateSpace/families.ts'
import { besideText } from './perLayerInput.ts'
import { languageModelOf, withImages } from './vision.ts'

export type { Carried, DecoderLayer, DecoderModel, Family, Finish, Head } from './family.ts'

const FAMILIES: readonly Family[] = [...DENSE_FAMILIES, ...MIXTURE_FAMILIES, ...HYBRID_FAMILIES, ...STATE_SPACE_FAMILIES, ...ENCODER_FAMILIES]

/** The family that runs this model: by Hugging Face model type where it is known, else by its features. */
export function familyOf (a: Architecture, model: string): Result<Family, PlanProblem> {
  const languageModel = languageModelOf(a)
  if (languageModel) {
    const text = familyOf(languageModel, model)
    return text.ok ? ok(withImages(text.value, a, besideText(a))) : text
  }
  const byType = FAMILIES.find((family) => family.modelTypes.includes(a.modelType ?? ''))
  const refusal = byType?.refuses?.(a) ?? null
  if (byType && refusal === null) return ok(byType)
  const feature = refusal ?? foreignFeature(a)
  return feature ? failed([{ path: 'model', code: 'unsupported-architecture', values: { found: model, feature } }]) : ok(llamaFamily)
}
