import type { Architecture } from '../architecture.ts'
import type { ConfigFields } from './fields.ts'
import { llamaLike, mistral, qwen2, qwen3 } from './llama.ts'

/** Hugging Face model_type → reader of its config. */
export const CONFIG_READERS: Readonly<Record<string, (config: ConfigFields) => Architecture>> = {
  llama: llamaLike,
  mistral,
  qwen2,
  qwen3
}
