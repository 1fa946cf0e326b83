import type { Architecture } from '../architecture.ts'
import { DENSE_READERS } from './dense.ts'
import { ENCODER_READERS } from './encoders.ts'
import type { ConfigFields } from './fields.ts'
import { HYBRID_READERS } from './hybrids.ts'
import { MIXTURE_READERS } from './mixtures.ts'
import { STATE_SPACE_READERS } from './stateSpaces.ts'

/** Hugging Face model_type → reader of its config. */
export const CONFIG_READERS: Readonly<Record<string, (config: ConfigFields) => Architecture>> = {
  ...HYBRID_READERS,
  ...MIXTURE_READERS,
  ...STATE_SPACE_READERS,
  ...DENSE_READERS,
  ...ENCODER_READERS
}
