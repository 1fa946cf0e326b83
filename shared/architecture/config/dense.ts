import type { Architecture } from '../architecture.ts'
import type { ConfigFields } from './fields.ts'
import { gemma, gemma2, gemma3nText, gemma3Text, gemma4Text, museText } from './gemma.ts'
import { bloom, falcon, gpt2, gptBigCode, gptJ, gptNeo, gptNeox, mpt, nemotron, opt, phi, starcoder2 } from './gptLike.ts'
import { minicpm3 } from './latent.ts'
import { llamaLike, mllamaText, mistral, qwen2, qwen3 } from './llama.ts'
import { apertus, arcee, cohere, cohere2, ernie, exaone4, glm, glm4, hunyuanDense, olmo, olmo2, olmo3, phi3, seedOss, smollm3, stablelm } from './modern.ts'

/** Readers of decoders whose layers are all attention with a dense MLP. */
export const DENSE_READERS: Readonly<Record<string, (config: ConfigFields) => Architecture>> = {
  mllama_text_model: mllamaText,
  muse_glimmer_text: museText,
  gemma3n_text: gemma3nText,
  gemma4_text: gemma4Text,
  apertus,
  minicpm3,
  bloom,
  gptj: gptJ,
  gpt_neo: gptNeo,
  mpt,
  arcee,
  cohere,
  cohere2,
  ernie4_5: ernie,
  exaone4,
  falcon,
  gemma,
  gemma2,
  gemma3_text: gemma3Text,
  glm,
  glm4,
  gpt2,
  gpt_bigcode: gptBigCode,
  gpt_neox: gptNeox,
  granite: llamaLike,
  hunyuan_v1_dense: hunyuanDense,
  llama: llamaLike,
  mistral,
  nemotron,
  olmo,
  olmo2,
  olmo3,
  opt,
  phi,
  phi3,
  qwen2,
  qwen3,
  seed_oss: seedOss,
  smollm3,
  stablelm,
  starcoder2
}
