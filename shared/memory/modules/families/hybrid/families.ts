import type { Family } from '../family.ts'
import { lfm2Family, lfm2MoeFamily } from './lfm2.ts'

/** Every family whose layers are of several kinds. */
export const HYBRID_FAMILIES: readonly Family[] = [lfm2Family, lfm2MoeFamily]
