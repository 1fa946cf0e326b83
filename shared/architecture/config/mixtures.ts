import type { Architecture } from '../architecture.ts'
import { dots1, exaoneMoe, glm4Moe, solarOpen } from './deepseekHeirs.ts'
import type { ConfigFields } from './fields.ts'
import { deepseekV2, deepseekV3, glm4MoeLite } from './latent.ts'
import { RECENT_MIXTURE_READERS } from './recentMixtures.ts'
import { ernieMoe, flexOlmo, gptOss, graniteMoe, hunyuanMoe, minimaxM2, mixtral, olmoe, phiMoe, qwen2Moe, qwen3Moe } from './mixture.ts'

/** Readers of the model types with experts. */
export const MIXTURE_READERS: Readonly<Record<string, (config: ConfigFields) => Architecture>> = {
  deepseek_v2: deepseekV2,
  deepseek_v3: deepseekV3,
  dots1,
  ernie4_5_moe: ernieMoe,
  exaone_moe: exaoneMoe,
  flex_olmo: flexOlmo,
  glm4_moe: glm4Moe,
  glm4_moe_lite: glm4MoeLite,
  gpt_oss: gptOss,
  granitemoe: graniteMoe,
  granitemoeshared: graniteMoe,
  hunyuan_v1_moe: hunyuanMoe,
  minimax_m2: minimaxM2,
  mixtral,
  olmoe,
  phimoe: phiMoe,
  qwen2_moe: qwen2Moe,
  qwen3_moe: qwen3Moe,
  solar_open: solarOpen,
  ...RECENT_MIXTURE_READERS
}
