import type { Architecture } from '../architecture.ts'
import type { ConfigFields } from './fields.ts'
import { deepseekV3, glm4MoeLite } from './latent.ts'
import { mixtral, qwen2Moe, qwen3Moe } from './mixture.ts'

/** Readers of the model types with experts. */
export const MIXTURE_READERS: Readonly<Record<string, (config: ConfigFields) => Architecture>> = {
  deepseek_v3: deepseekV3,
  glm4_moe_lite: glm4MoeLite,
  mixtral,
  qwen2_moe: qwen2Moe,
  qwen3_moe: qwen3Moe
}
