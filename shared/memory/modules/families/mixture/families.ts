import type { Family } from '../family.ts'
import { deepseekV3Family, glm4MoeLiteFamily } from '../deepseek.ts'
import { mixtralFamily, qwen3MoeFamily } from '../qwenMoe.ts'

/** Every family with experts. */
export const MIXTURE_FAMILIES: readonly Family[] = [qwen3MoeFamily, mixtralFamily, deepseekV3Family, glm4MoeLiteFamily]
