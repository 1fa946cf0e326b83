import type { Method, Plan } from './schema.ts'

/** A complete plan with a practitioner's defaults: LoRA r=8 on q_proj and v_proj, bf16, fused AdamW, sequence 2048. */
export function defaultPlan (_modelId?: string): Plan { throw new Error('being written') }
/** The default settings of a method, keeping nothing of another method. */
export function defaultMethod (_kind: Method['kind']): Method { throw new Error('being written') }
