import type { Architecture } from '../architecture/index.ts'
import { usesRollouts, variesInLength, virtualTokensOf, type Plan, type PlanProblem } from '../plan/index.ts'
import { languageModelOf } from './modules/families/vision.ts'
import { hasBlockMask, isFlashPackage, readsBoundaries } from './modules/packing.ts'

/* Packing and lengths of samples, against the rest of the plan and the model. */

/** Model types whose files take no positions that begin again, or whose own masks know nothing of samples. */
const READS_NO_POSITIONS = new Set(['bloom', 'mpt', 'falcon', 'opt', 'mllama', 'deepseek_v4', 'deepseek_v32', 'glm_moe_dsa'])

/** The widest head of FlashAttention's kernels. */
const FLASH_HEAD_DIM = 256

export function checkData (plan: Plan, architecture: Architecture, model: string): PlanProblem[] {
  return [...plan.data.packing ? checkPacking(plan, architecture, model) : [], ...checkHeads(plan, architecture), ...checkLengths(plan)]
}

/** SDPA's flash kernel gives way to another one; FlashAttention's package has none. */
function checkHeads (plan: Plan, { headDim, layerGroups }: Architecture): PlanProblem[] {
  const widest = Math.max(headDim, ...(layerGroups ?? []).map((group) => group.headDim ?? 0))
  const isOnlyWay = readsBoundaries(plan) || isFlashPackage(plan.runtime)
  return isOnlyWay && widest > FLASH_HEAD_DIM ? [{ path: 'runtime.attention', code: 'flash-head-dim', values: { found: widest, max: FLASH_HEAD_DIM } }] : []
}

function checkPacking (plan: Plan, architecture: Architecture, model: string): PlanProblem[] {
  const { algorithm, data, method, runtime: { attention } } = plan
  const packing = data.packing!
  const problems: PlanProblem[] = []
  if (algorithm !== 'sft') problems.push({ path: 'data.packing', code: 'packing-not-supervised', values: { algorithm } })
  if (data.padding) problems.push({ path: 'data.padding', code: 'packing-with-padding' })
  if (packing === 'wrapped') return problems
  if (virtualTokensOf(method) > 0) problems.push({ path: 'data.packing', code: 'packing-virtual-tokens' })
  const type = (languageModelOf(architecture) ?? architecture).modelType ?? ''
  if (architecture.architecture?.startsWith('encoder') || READS_NO_POSITIONS.has(type)) problems.push({ path: 'data.packing', code: 'packing-positions', values: { model } })
  if (hasBlockMask(plan) && attention !== 'efficient' && attention !== 'eager') problems.push({ path: 'runtime.attention', code: 'block-mask-attention', values: { found: attention } })
  return problems
}

function checkLengths (plan: Plan): PlanProblem[] {
  const { algorithm, data: { lengths, padding, packing, microBatch } } = plan
  if (!lengths) return []
  const problems: PlanProblem[] = []
  if (usesRollouts(algorithm)) problems.push({ path: 'data.lengths', code: 'section-of-another-algorithm', values: { algorithm } })
  for (const found of [lengths.mean, lengths.p95]) {
    if (found > lengths.longest) {
      problems.push({ path: 'data.lengths.longest', code: 'longest-too-short', values: { found: lengths.longest, other: Math.ceil(found) } })
      break
    }
  }
  if (!padding && !packing && microBatch > 1 && variesInLength(lengths)) problems.push({ path: 'data.padding', code: 'lengths-need-padding' })
  return problems
}
