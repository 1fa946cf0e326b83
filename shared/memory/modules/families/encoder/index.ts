import type { Family } from '../family.ts'
import { bertFamily } from './bert.ts'
import { t5Family } from './t5.ts'

/** Encoders, and encoders with a decoder. */
export const ENCODER_FAMILIES: readonly Family[] = [bertFamily, t5Family]
