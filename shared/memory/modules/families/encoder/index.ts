import type { Family } from '../family.ts'
import { bertFamily } from './bert.ts'

/** Encoders, and encoders with a decoder. */
export const ENCODER_FAMILIES: readonly Family[] = [bertFamily]
