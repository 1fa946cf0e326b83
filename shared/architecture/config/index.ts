import type { Architecture } from '../architecture.ts'
import { DENSE_READERS } from './dense.ts'
import type { ConfigFields } from './fields.ts'
import { MIXTURE_READERS } from './mixtures.ts'

/** Hugging Face model_type → reader of its config. */
export const CONFIG_READERS: Readonly<Record<string, (config: ConfigFields) => Architecture>> = {
  ...MIXTURE_READERS,
  ...DENSE_READERS
}
