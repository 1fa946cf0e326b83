import type { Architecture } from '../architecture.ts'
import type { ConfigFields } from './fields.ts'
import { gemma, gemma2, gemma3Text } from './gemma.ts'
import { llamaLike, mistral, qwen2, qwen3 } from './llama.ts'

/** Hugging Face model_type → reader of its config. */
export const CONFIG_READERS: Readonly<Record<string, (config: ConfigFields) => Architecture>> = {
  gemma,
  gemma2,
  gemma3_text: gemma3Text,
  llama: llamaLike,
  mistral,
  qwen2,
  qwen3
}
