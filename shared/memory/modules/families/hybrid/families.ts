import type { Family } from '../family.ts'
import { kimiLinearFamily } from './kimi.ts'
import { lfm2Family, lfm2MoeFamily } from './lfm2.ts'
import { minimaxFamily } from './minimax.ts'
import { qwen35Family, qwen35MoeFamily, qwen3NextFamily } from './qwen.ts'

/** Every family whose layers are of several kinds. */
export const HYBRID_FAMILIES: readonly Family[] = [lfm2Family, lfm2MoeFamily, qwen3NextFamily, qwen35Family, qwen35MoeFamily, minimaxFamily, kimiLinearFamily]
