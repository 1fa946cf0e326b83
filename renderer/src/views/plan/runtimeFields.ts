import { hasRouterLoss, type Architecture } from '#shared/architecture/index.ts'
import { findModel } from '#shared/catalog/index.ts'
import { kernelPackages } from '#shared/memory/index.ts'
import { LIMITS, PAIRED, type Lengths, type Plan } from '#shared/plan/index.ts'
import { FLOATS, linear, log2, type Field } from './field.ts'

const checkpoints = ({ runtime }: Plan) => runtime.checkpointing !== 'none'
/** They gather the labelled tokens and drop the others. */
const dropsUnlabelled = ({ algorithm, runtime }: Plan) => algorithm === 'sft' && (runtime.loss === 'trl-chunked' || runtime.loss === 'torchtune-linear')

/** Whether the model may be such a one: what the catalog knows decides, and a config may be of any. */
function mayBe ({ model }: Plan, is: (architecture: Architecture) => boolean): boolean {
  const found = 'id' in model ? findModel(model.id) : null
  return found ? is(found.architecture) : 'config' in model
}
/** Its mixers have kernels in packages of their own. */
const mayHaveMixerKernels = (plan: Plan): boolean => mayBe(plan, (architecture) => kernelPackages(architecture) !== null)
/** It has routers that a loss balances. */
const mayBalance = (plan: Plan): boolean => plan.runtime.routerLoss === true || mayBe(plan, hasRouterLoss)
const mayHaveExperts = (plan: Plan): boolean => mayBe(plan, ({ moe }) => moe !== undefined)

/** Prompts and answers that are generated have lengths of their own. */
const isGiven = ({ reinforcement }: Plan) => !reinforcement

/** What a micro-batch counts: sequences, pairs of answers, or completions of a rollout. */
const MICRO_BATCHES = [
  { label: 'field.microBatch', help: 'help.microBatch', shown: (plan: Plan) => isGiven(plan) && !PAIRED.has(plan.algorithm) },
  { label: 'rlhf.field.microBatchPairs', help: 'rlhf.help.microBatchPairs', shown: (plan: Plan) => PAIRED.has(plan.algorithm) },
  { label: 'rlhf.field.microBatchCompletions', help: 'rlhf.help.microBatchCompletions', shown: (plan: Plan) => !isGiven(plan) && !PAIRED.has(plan.algorithm) }
] as const

/** Only next-token prediction goes through the losses of these libraries; the others have code of their own. */
const isSupervised = ({ algorithm }: Plan) => algorithm === 'sft'

/** Samples of unequal length in one micro-batch are padded, unless they are packed. */
function withLengths (plan: Plan, lengths: unknown): Plan {
  const { lengths: _, ...data } = plan.data
  if (lengths === undefined) return { ...plan, data }
  const pads = data.microBatch > 1 && !data.packing
  return { ...plan, data: { ...data, ...(pads ? { padding: true } : {}), lengths: lengths as Lengths } }
}

/** Packed rows are not padded; without packing those of unequal length are again. */
function withPacking (plan: Plan, packing: unknown): Plan {
  const { packing: _, ...data } = plan.data
  if (packing !== undefined) return { ...plan, data: { ...data, padding: false, packing: packing as NonNullable<Plan['data']['packing']> } }
  return { ...plan, data: { ...data, padding: data.padding || (data.microBatch > 1 && data.lengths !== undefined) } }
}

export const BATCH_FIELDS: readonly Field[] = [
  {
    kind: 'number', path: 'data.sequenceLength', section: 'batch', label: 'field.sequenceLength', help: 'help.sequenceLength', unit: 'unit.tokens',
    shown: isGiven, scale: log2([512, 32_768], LIMITS.sequenceLength)
  },
  ...MICRO_BATCHES.map(({ label, help, shown }) => ({ kind: 'number' as const, path: 'data.microBatch', section: 'batch' as const, label, help, shown, scale: log2([1, 64], LIMITS.microBatch) })),
  { kind: 'number', path: 'data.gradientAccumulation', section: 'batch', label: 'field.gradientAccumulation', help: 'help.gradientAccumulation', scale: log2([1, 64], LIMITS.gradientAccumulation) },
  { kind: 'lengths', path: 'data.lengths', section: 'batch', label: 'field.lengths', help: 'help.lengths', absent: false, shown: isGiven, write: withLengths },
  {
    kind: 'choice',
    look: 'menu',
    path: 'data.packing',
    section: 'batch',
    label: 'field.packing',
    help: 'help.packing',
    advanced: true,
    absent: 'none',
    shown: isSupervised,
    write: withPacking,
    options: [
      { value: 'none', label: 'option.none' },
      { value: 'padding-free', label: 'option.paddingFree' },
      { value: 'packed', label: 'option.packed' },
      { value: 'wrapped', label: 'option.wrapped' },
      { value: 'block-mask', label: 'option.blockMask' }
    ]
  },
  { kind: 'flag', path: 'data.padding', section: 'batch', label: 'field.padding', help: 'help.padding', advanced: true },
  { kind: 'number', path: 'data.padToMultipleOf', section: 'batch', label: 'field.padToMultipleOf', help: 'help.padToMultipleOf', advanced: true, absent: 1, scale: log2([1, 128], LIMITS.padToMultipleOf) },
  { kind: 'number', path: 'data.workers', section: 'batch', label: 'field.workers', help: 'help.workers', advanced: true, absent: 0, scale: linear([0, 16], [LIMITS.workers.min, LIMITS.workers.max], 1) },
  {
    kind: 'number', path: 'data.labelledShare', section: 'batch', label: 'field.labelledShare', help: 'help.labelledShare', advanced: true, absent: 1,
    shown: dropsUnlabelled, scale: linear([0, 1], [0, 1], 0.05)
  }
]

export const RUNTIME_FIELDS: readonly Field[] = [
  {
    kind: 'choice',
    look: 'menu',
    path: 'runtime.checkpointing',
    section: 'runtime',
    label: 'field.checkpointing',
    help: 'help.checkpointing',
    options: [
      { value: 'none', label: 'option.off' },
      { value: 'non-reentrant', label: 'option.nonReentrant' },
      { value: 'reentrant', label: 'option.reentrant' }
    ]
  },
  {
    kind: 'choice',
    look: 'menu',
    path: 'runtime.attention',
    section: 'runtime',
    label: 'field.attention',
    help: 'help.attention',
    options: [
      { value: 'flash', label: 'option.flash' },
      { value: 'flash-2', label: 'option.flash2' },
      { value: 'flash-repeated-kv', label: 'option.flashRepeatedKv' },
      { value: 'flash-3', label: 'option.flash3' },
      { value: 'cudnn', label: 'option.cudnn' },
      { value: 'efficient', label: 'option.efficient' },
      { value: 'math', label: 'option.math' },
      { value: 'eager', label: 'option.eager' }
    ]
  },
  {
    kind: 'choice',
    look: 'menu',
    path: 'runtime.loss',
    section: 'runtime',
    label: 'field.loss',
    help: 'help.loss',
    shown: isSupervised,
    options: [
      { value: 'hugging-face', label: 'option.lossHuggingFace' },
      { value: 'hugging-face-shift', label: 'option.lossShift' },
      { value: 'hugging-face-in-model', label: 'option.lossInModel' },
      { value: 'trl-chunked', label: 'option.lossTrlChunked' },
      { value: 'trl-nll', label: 'option.lossTrlNll' },
      { value: 'liger-fused-linear', label: 'option.lossLiger' },
      { value: 'liger-cross-entropy', label: 'option.lossLigerCrossEntropy' },
      { value: 'unsloth-fused', label: 'option.lossUnsloth' },
      { value: 'torchtune-linear', label: 'option.lossTorchtune' }
    ]
  },
  {
    kind: 'number', path: 'runtime.checkpointEvery', section: 'runtime', label: 'field.checkpointEvery', help: 'help.checkpointEvery', advanced: true, absent: 1,
    shown: checkpoints, scale: log2([1, 32], LIMITS.checkpointEvery)
  },
  {
    kind: 'choice',
    look: 'segments',
    path: 'runtime.checkpointOffload',
    section: 'runtime',
    label: 'field.checkpointOffload',
    help: 'help.checkpointOffload',
    advanced: true,
    absent: 'gpu',
    shown: checkpoints,
    options: [{ value: 'gpu', label: 'option.gpu' }, { value: 'host', label: 'option.host' }, { value: 'unsloth', label: 'option.unsloth' }]
  },
  {
    kind: 'choice',
    look: 'menu',
    path: 'runtime.checkpointSaves',
    section: 'runtime',
    label: 'field.checkpointSaves',
    help: 'help.checkpointSaves',
    advanced: true,
    absent: 'nothing',
    shown: checkpoints,
    options: [
      { value: 'nothing', label: 'option.savesNothing' },
      { value: 'attention', label: 'option.savesAttention' },
      { value: 'attention-and-matmuls', label: 'option.savesMatmuls' },
      { value: 'every-second-matmul', label: 'option.savesEverySecond' }
    ]
  },
  {
    kind: 'open-number', path: 'runtime.logitsToKeep', section: 'runtime', label: 'field.logitsToKeep', help: 'help.logitsToKeep', advanced: true, unit: 'unit.tokens',
    shown: isGiven, scale: log2([1, 32_768], LIMITS.sequenceLength), open: undefined, start: ({ data }) => Math.max(1, Math.ceil(data.sequenceLength / 2))
  },
  {
    kind: 'several',
    path: 'runtime.fusedKernels',
    section: 'runtime',
    label: 'field.fusedKernels',
    help: 'help.fusedKernels',
    advanced: true,
    options: [{ value: 'rms-norm', label: 'option.rmsNorm' }, { value: 'rope', label: 'option.rope' }, { value: 'swiglu', label: 'option.swiglu' }]
  },
  {
    kind: 'choice',
    look: 'menu',
    path: 'runtime.experts',
    section: 'runtime',
    label: 'field.experts',
    help: 'help.experts',
    advanced: true,
    absent: 'grouped-mm',
    options: [{ value: 'grouped-mm', label: 'option.groupedMm' }, { value: 'loop', label: 'option.expertLoop' }, { value: 'modules', label: 'option.expertModules' }],
    shown: mayHaveExperts
  },
  { kind: 'flag', path: 'runtime.routerLoss', section: 'runtime', label: 'field.routerLoss', help: 'help.routerLoss', absent: false, shown: mayBalance },
  { kind: 'flag', path: 'runtime.mixerKernels', section: 'runtime', label: 'field.mixerKernels', help: 'help.mixerKernels', absent: false, shown: mayHaveMixerKernels },
  { kind: 'flag', path: 'runtime.keepsLogits', section: 'runtime', label: 'field.keepsLogits', help: 'help.keepsLogits', advanced: true }
]

export const PRECISION_FIELDS: readonly Field[] = [
  { kind: 'choice', look: 'segments', path: 'precision.weights', section: 'precision', label: 'field.weights', help: 'help.weights', options: FLOATS },
  {
    kind: 'choice',
    look: 'segments',
    path: 'precision.autocast',
    section: 'precision',
    label: 'field.autocast',
    help: 'help.autocast',
    options: [{ value: 'none', label: 'option.off' }, ...FLOATS.slice(1)]
  },
  { kind: 'flag', path: 'precision.outputsToFp32', section: 'precision', label: 'field.outputsToFp32', help: 'help.outputsToFp32', advanced: true }
]
