import type { Architecture } from '../architecture.ts'
import type { ConfigFields } from './fields.ts'
import { kimiLinear, lfm2, lfm2Moe, minimax, qwen35, qwen35Moe, qwen3Next } from './hybrid.ts'

/** Readers of the model types whose layers are of several kinds. */
export const HYBRID_READERS: Readonly<Record<string, (config: ConfigFields) => Architecture>> = {
  kimi_linear: kimiLinear,
  lfm2,
  lfm2_moe: lfm2Moe,
  minimax,
  qwen3_5_moe_text: qwen35Moe,
  qwen3_5_text: qwen35,
  qwen3_next: qwen3Next
}
