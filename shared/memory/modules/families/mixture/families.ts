import type { Family } from '../family.ts'
import { mixtralFamily, qwen3MoeFamily } from '../qwenMoe.ts'

/** Every family with experts. */
export const MIXTURE_FAMILIES: readonly Family[] = [qwen3MoeFamily, mixtralFamily]
