import { glm4vPart } from './glm4v.ts'
import type { ImagePart } from './part.ts'

/** model_type → parts with a tower of their own kind. */
export const MORE_PARTS: Readonly<Record<string, ImagePart>> = {
  glm4v: glm4vPart,
  glm4v_moe: glm4vPart
}
