import { hasAdapters, quantizationOf } from '../../plan/index.ts'
import { formatParameters } from '../../units/index.ts'
import { algorithmAssumptions } from './algorithms.ts'
import { isIa3OverBitsandbytes } from '../checkQuantization.ts'
import { activationType } from '../floatType.ts'
import { attentionSpread } from '../attentionSpread.ts'
import { batchAssumptions } from './batches.ts'
import { imageVectors } from '../modules/families/mllama.ts'
import { weightFormat } from '../modules/quantization/index.ts'
import { formatSpread } from '../modules/quantization/spread.ts'
import { kernelPackages } from '../mixerKernels.ts'
import { languageModelOf } from '../modules/families/vision.ts'
import { imagePartOf, imagesOf, trainsTower } from '../modules/vision/index.ts'
import type { Architecture } from '../../architecture/index.ts'
import type { Plan } from '../../plan/index.ts'
import { mixtureAssumptions } from './mixtures.ts'
import { NO_SPREAD, OPTIMIZERS, type Spread } from '../optimizers/index.ts'
import type { ResolvedPlan } from '../resolvedPlan.ts'
import type { Assumption } from '../result.ts'
import type { Code } from './sentences.ts'

/** What is taken for granted about the adapters and the format of the frozen weights. */
function methodAssumptions (resolved: ResolvedPlan): Assumption[] {
  const { plan, family, architecture, targets } = resolved
  const { method } = plan
  const list: Assumption[] = []
  const mebibytes = (bytes: number): number => Math.ceil(bytes / 1024 ** 2)
  if (hasAdapters(method) && method.variant === 'pissa') {
    const svd = [...family.linearLayers(architecture)].filter(([name]) => targets.has(name)).map(([, [out, into]]) => 4 * (out * into + (out + into) * Math.min(out, into)))
    list.push({ code: 'pissa-start' satisfies Code, values: { mebibytes: mebibytes(Math.max(0, ...svd)) } })
  }
  const quantization = quantizationOf(method)
  if (!quantization) return list
  const { known, source } = weightFormat(quantization)
  const format = quantization.type
  if (known === 'read') list.push({ code: 'format-read' satisfies Code, values: { format, source } })
  if (isIa3OverBitsandbytes(method) && 'adapterType' in method && method.adapterType === 'fp32' && activationType(plan) !== 'fp32') {
    list.push({ code: 'ia3-in-fp32' satisfies Code, values: { format } })
  }
  const spread = formatSpread(resolved)
  if (known === 'estimated') list.push({ code: 'format-not-trained' satisfies Code, values: { format, mebibytes: mebibytes(spread) } })
  else if (spread > 0) list.push({ code: 'format-outliers' satisfies Code, values: { mebibytes: mebibytes(spread) } })
  return list
}

function imageAssumption (architecture: Architecture, plan: Plan, model: string): Assumption {
  const images = imagesOf(plan)
  const part = imagePartOf(architecture)
  if (images && part) {
    const { perSample, height, width } = images
    const values = { images: perSample, height, width, tokens: part.imageTokens(architecture, images) }
    const { approximates } = part
    return approximates ? { code: 'images-nearest' satisfies Code, values: { ...values, model, block: approximates.block, percent: Math.round(approximates.share * 100) } } : { code: 'images' satisfies Code, values }
  }
  const code: Code = images ?? architecture.vision?.crossAttentionLayers ? 'images-not-simulated' : 'frozen-vision-tower'
  return { code, values: { parameters: formatParameters(architecture.vision!.parameters) } }
}

/** What the estimate of this plan takes for granted. */
export function assumptionsOf (resolved: ResolvedPlan, depth: 'fast' | 'full', spread: Spread = NO_SPREAD, kernelSaving = 0): Assumption[] {
  const { plan, modelName, architecture, family } = resolved
  const { microBatch, sequenceLength } = plan.data
  const list: Assumption[] = [...batchAssumptions(resolved), { code: 'cuda-context' satisfies Code }, { code: 'cublas-workspace' satisfies Code }]
  list.push({ code: (depth === 'full' ? 'no-capacity-pressure' : 'quick-reserved') satisfies Code })
  const mebibytes = (bytes: number): number => Math.ceil(bytes / 1024 ** 2)
  // A custom architecture is Llama's by definition; a catalog model or config whose file is not mirrored runs as Llama's.
  const isMirrored = 'architecture' in plan.model || family.modelTypes.includes((languageModelOf(architecture) ?? architecture).modelType ?? '')
  if (!isMirrored) list.push({ code: 'family-as-llama' satisfies Code, values: { model: modelName } })
  if (architecture.architecture === 'encoder') list.push({ code: 'sequence-classification' satisfies Code, values: { model: modelName } })
  if (architecture.vision?.crossAttentionLayers) list.push({ code: 'cross-attended-image' satisfies Code, values: { vectors: imageVectors(architecture) } })
  if (architecture.architecture === 'encoder-decoder') list.push({ code: 'target-length' satisfies Code })
  if (family.approximates) {
    const { block, norm, share, isOwnFile } = family.approximates
    if (isOwnFile) list.push({ code: 'approximate-block' satisfies Code, values: { model: modelName, percent: Math.round(share * 100) } })
    else list.push({ code: 'remote-code' satisfies Code, values: { model: modelName, block, norm, percent: Math.round(share * 100) } })
  }
  if (architecture.altUp && quantizationOf(plan.method)) list.push({ code: 'unquantized-coefficients' satisfies Code, values: { model: modelName } })
  if (family.eagerOnly) list.push({ code: 'eager-only' satisfies Code, values: { model: modelName } })
  const packages = kernelPackages(architecture)
  if (kernelSaving > 0) list.push({ code: 'mixer-kernels-absent' satisfies Code, values: { packages: packages ?? '', mebibytes: Math.round(kernelSaving / 1024 ** 2) } })
  if (plan.runtime.mixerKernels && packages) list.push({ code: 'mixer-kernels' satisfies Code, values: { packages } })
  if (architecture.vision) list.push(imageAssumption(architecture, plan, modelName))
  if (imagesOf(plan) && trainsTower(plan) && plan.runtime.checkpointing === 'reentrant' && imagePartOf(architecture)?.cutByReentrant) list.push({ code: 'tower-cut-by-checkpoints' satisfies Code })
  list.push(...mixtureAssumptions(resolved), ...algorithmAssumptions(resolved))
  const tokens = microBatch * sequenceLength
  if (plan.method.kind === 'full' && tokens > 3072) {
    // ATen/native/cuda/EmbeddingBackwardKernel.cu: partial segments in fp32 and sort buffers, up to 4hT + 48T.
    list.push({ code: 'embedding-backward' satisfies Code, values: { mebibytes: mebibytes(tokens * (4 * architecture.hiddenSize + 48)) } })
  }
  if (spread.workspace > 0) {
    list.push({ code: 'optimizer-workspace' satisfies Code, values: { mebibytes: mebibytes(spread.workspace), source: OPTIMIZERS[plan.optimizer.kind].source } })
  }
  if (spread.managed > 0) list.push({ code: 'paged-states' satisfies Code, values: { mebibytes: mebibytes(spread.managed) } })
  if (plan.runtime.loss === 'liger-fused-linear' && plan.method.kind === 'full') {
    list.push({ code: 'liger-head-gradient' satisfies Code, values: { mebibytes: mebibytes(6 * architecture.vocabSize * architecture.hiddenSize) } })
  }
  if (plan.runtime.loss === 'unsloth-fused') list.push({ code: 'unsloth-chunks' satisfies Code })
  const attention = attentionSpread(resolved)
  if (attention > 0) list.push({ code: 'cudnn-workspace' satisfies Code, values: { mebibytes: mebibytes(attention) } })
  if (plan.runtime.attention === 'flash-3') list.push({ code: 'flash-3-read' satisfies Code })
  if (plan.runtime.checkpointOffload === 'unsloth') list.push({ code: 'unsloth-offload' satisfies Code })
  if (plan.optimizer.kind === 'badam') list.push({ code: 'badam-first-block' satisfies Code })
  list.push(...methodAssumptions(resolved))
  const quantization = quantizationOf(plan.method)
  if (quantization?.doubleQuantization && ['nf4', 'fp4'].includes(quantization.type)) {
    const largest = Math.max(...[...resolved.family.linearLayers(architecture).values()].map(([out, into]) => out * into))
    list.push({ code: 'absmax-transient' satisfies Code, values: { mebibytes: mebibytes(largest / 64 * 4) } })
  }
  return list
}
