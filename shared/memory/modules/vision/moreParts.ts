import { glm4vPart } from './glm4v.ts'
import { internvlPart } from './internvl.ts'
import { llama4Part } from './llama4.ts'
import type { ImagePart } from './part.ts'

/** model_type → parts with a tower of their own kind. */
export const MORE_PARTS: Readonly<Record<string, ImagePart>> = {
  glm4v: glm4vPart,
  glm4v_moe: glm4vPart,
  internvl: internvlPart,
  internvl_chat: internvlPart,
  interns1: internvlPart,
  llama4: llama4Part
}
