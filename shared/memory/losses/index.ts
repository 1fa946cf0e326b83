import type { Plan } from '../../plan/index.ts'
import type { Loss } from './head.ts'
import { huggingFaceLoss } from './huggingFace.ts'
import { ligerFusedLinearLoss } from './liger.ts'

export type { Loss, LossResult } from './head.ts'

/** The loss path of each setting of `runtime.loss`. */
export const LOSSES: Readonly<Record<Plan['runtime']['loss'], Loss>> = {
  'hugging-face': huggingFaceLoss(false),
  'hugging-face-shift': huggingFaceLoss(true),
  'liger-fused-linear': ligerFusedLinearLoss
}
