import { apertusFamily } from './apertus.ts'
import { bloomFamily } from './bloom.ts'
import { cohere2Family, cohereFamily } from './cohere.ts'
import { falconFamily } from './falcon.ts'
import type { Family } from './family.ts'
import { gemma2Family, gemma3Family, gemmaFamily } from './gemma.ts'
import { gemma3nFamily } from './gemma3n/index.ts'
import { gemma4Family } from './gemma4/index.ts'
import { glm4Family, glm4vTextFamily, glmFamily } from './glm.ts'
import { gpt2Family, gptBigCodeFamily, optFamily } from './gpt2.ts'
import { gptJFamily } from './gptJ.ts'
import { gptNeoFamily } from './gptNeo.ts'
import { gptNeoxFamily } from './gptNeox.ts'
import { llamaFamily, qwenFamily } from './llama.ts'
import {
  arceeFamily, ernieFamily, exaone4Family, graniteFamily, hunyuanFamily, nemotronFamily, seedOssFamily, smollm3Family, stablelmFamily, starcoder2Family
} from './modernDense.ts'
import { minicpm3Family } from './minicpm3.ts'
import { mllamaFamily } from './mllama.ts'
import { mptFamily } from './mpt.ts'
import { museGlimmerFamily } from './museGlimmer.ts'
import { orionFamily, phi3SmallFamily, telechatFamily } from './remote/llamaLike.ts'
import { nemotronNasFamily } from './remote/nemotronNas.ts'
import { olmo2Family, olmo3Family, olmoFamily } from './olmo.ts'
import { phi3Family, phiFamily } from './phi.ts'

/** Decoders whose layers are all attention with a dense MLP. */
export const DENSE_FAMILIES: readonly Family[] = [
  llamaFamily, qwenFamily, gemmaFamily, gemma2Family, gemma3Family, gptNeoxFamily, phi3Family, phiFamily, glmFamily, glm4Family, glm4vTextFamily, olmoFamily, olmo2Family,
  olmo3Family, cohereFamily, cohere2Family, graniteFamily, smollm3Family, exaone4Family, stablelmFamily, starcoder2Family, nemotronFamily, gpt2Family,
  optFamily, falconFamily, gptBigCodeFamily, arceeFamily, seedOssFamily, hunyuanFamily, ernieFamily, bloomFamily, gptJFamily, gptNeoFamily, mptFamily, apertusFamily, minicpm3Family, gemma3nFamily, gemma4Family, museGlimmerFamily, mllamaFamily,
  orionFamily, telechatFamily, phi3SmallFamily, nemotronNasFamily
]
