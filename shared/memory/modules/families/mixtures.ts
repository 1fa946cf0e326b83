import * as deepseek from './deepseek.ts'
import { deepseekV4Family } from './deepseekV4/index.ts'
import type { Family } from './family.ts'
import { gptOssFamily } from './gptOss.ts'
import * as granite from './graniteMoe.ts'
import * as recent from './newMixtures.ts'
import { phiMoeFamily } from './phiMoe.ts'
import { REMOTE_MIXTURES } from './remote/mixtures.ts'
import * as qwen from './qwenMoe.ts'

/** Every family with experts. */
export const MIXTURE_FAMILIES: readonly Family[] = [
  qwen.qwen3MoeFamily, qwen.qwen2MoeFamily, qwen.mixtralFamily, qwen.olmoeFamily, qwen.flexOlmoFamily, qwen.hunyuanMoeFamily,
  granite.graniteMoeFamily, granite.graniteMoeSharedFamily,
  deepseek.deepseekV3Family, deepseek.deepseekV2Family, deepseek.glm4MoeLiteFamily, deepseek.glm4MoeFamily, deepseek.dots1Family, deepseek.glm4vMoeFamily,
  deepseek.solarOpenFamily, deepseek.exaoneMoeFamily, deepseek.minimaxM2Family, deepseek.ernieMoeFamily,
  gptOssFamily, phiMoeFamily,
  recent.mistral4Family, recent.hyV3Family, recent.afmoeFamily, recent.lagunaFamily, recent.deepseekV32Family, recent.glmMoeDsaFamily, recent.llama4Family, recent.mimoV2Family, recent.dbrxFamily, recent.minimaxM3Family,
  deepseekV4Family,
  ...REMOTE_MIXTURES
]
