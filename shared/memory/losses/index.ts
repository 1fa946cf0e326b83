import type { Plan } from '../../plan/index.ts'
import type { Loss } from './head.ts'
import { huggingFaceLoss, inModelLoss, shiftedLoss } from './huggingFace.ts'
import { ligerFusedLinearLoss } from './liger.ts'
import { ligerCrossEntropyLoss } from './ligerCrossEntropy.ts'
import { torchtuneLinearLoss } from './torchtune.ts'
import { trlChunkedLoss } from './trlChunked.ts'
import { unslothFusedLoss } from './unsloth.ts'

export type { Loss, LossResult } from './head.ts'

type LossPath = Plan['runtime']['loss']

/** The loss path of each setting of `runtime.loss`. */
export const LOSSES: Readonly<Record<LossPath, Loss>> = {
  'hugging-face': huggingFaceLoss,
  'hugging-face-shift': shiftedLoss,
  'hugging-face-in-model': inModelLoss,
  'trl-chunked': trlChunkedLoss,
  'trl-nll': huggingFaceLoss,
  'liger-fused-linear': ligerFusedLinearLoss,
  'liger-cross-entropy': ligerCrossEntropyLoss,
  'unsloth-fused': unslothFusedLoss,
  'torchtune-linear': torchtuneLinearLoss
}
