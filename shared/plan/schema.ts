import * as v from 'valibot'
import { ALGORITHMS, PreferenceSchema, ReinforcementSchema } from './algorithms.ts'
import { FloatTypeSchema } from './floatTypes.ts'
import { LIMITS, range, share } from './limits.ts'
import { ModelSchema } from './modelSchema.ts'
import { QuantizationSchema } from './quantizationSchema.ts'

/*
 * The plan document, version 1: one training run on paper. The schema is the single definition: the type, the validation
 * and the ranges come from here. Strict objects: an unknown field is an error, never silently dropped.
 */

const moduleName = v.pipe(v.string(), v.nonEmpty(), v.maxLength(100))

/** `all-linear`: every linear layer of the decoder blocks (never the head), as PEFT and LLaMA-Factory mean it. */
export const LoraTargetsSchema = v.union([
  v.literal('all-linear'),
  v.pipe(v.array(moduleName), v.minLength(1), v.maxLength(64))
])

/** Whole modules outside the blocks that are trained beside the adapters, each as a copy of its own (PEFT modules_to_save). */
const SavedModuleSchema = v.picklist(['embed_tokens', 'lm_head'])

const adapter = {
  rank: range('rank'),
  alpha: v.pipe(v.number(), v.minValue(0), v.maxValue(1_000_000)),
  dropout: share,
  targets: LoraTargetsSchema,
  adapterType: FloatTypeSchema,
  /** Weight-decomposed LoRA: a trained magnitude per output feature. */
  dora: v.optional(v.boolean(), false),
  modulesToSave: v.optional(v.array(SavedModuleSchema), []),
  /** Other scalings, learning rates and starting points; memory while training is LoRA's. PiSSA needs room for one SVD at the start. */
  variant: v.optional(v.picklist(['rslora', 'lora-plus', 'pissa'])),
  /** PEFT rank_pattern and alpha_pattern: rank and alpha of single modules, by name. */
  rankPattern: v.optional(v.record(moduleName, range('rank'))),
  alphaPattern: v.optional(v.record(moduleName, v.pipe(v.number(), v.minValue(0), v.maxValue(1_000_000))))
}

/** Of methods that also train over a base as it is. Absent: not quantized, and not upcast. */
const base = {
  quantization: v.optional(QuantizationSchema),
  /** PEFT's prepare_model_for_kbit_training: every parameter that is not quantized becomes fp32. */
  upcastUnquantized: v.optional(v.boolean())
}

const targeted = { targets: LoraTargetsSchema, adapterType: FloatTypeSchema, ...base }

export const MethodSchema = v.variant('kind', [
  v.strictObject({ kind: v.literal('full') }),
  /**
   * Freeze-tuning: only the last blocks are trained (LLaMA-Factory finetuning_type: freeze). `modules`: of them only these linear
   * layers, by name (freeze_trainable_modules). Absent: the whole blocks.
   */
  v.strictObject({
    kind: v.literal('freeze'),
    trainableLayers: range('trainableLayers'),
    modules: v.optional(v.pipe(v.array(moduleName), v.minLength(1), v.maxLength(64)))
  }),
  v.strictObject({ kind: v.literal('lora'), ...adapter }),
  v.strictObject({
    kind: v.literal('qlora'),
    ...adapter,
    quantization: QuantizationSchema,
    /** PEFT's prepare_model_for_kbit_training: every parameter that is not quantized becomes fp32. */
    upcastUnquantized: v.boolean()
  }),
  /** VeRA: frozen random matrices that all layers share, and two trained vectors per layer. */
  v.strictObject({ kind: v.literal('vera'), ...targeted, rank: range('rank'), dropout: share }),
  /** (IA)³: a trained vector scales the output of a layer, or the input of those in `feedForward`. */
  v.strictObject({ kind: v.literal('ia3'), ...targeted, feedForward: v.pipe(v.array(moduleName), v.maxLength(64)) }),
  /** OFT: the input of a layer is rotated block by block. */
  v.strictObject({ kind: v.literal('oft'), ...targeted, blockSize: range('blockSize') }),
  /** Prefix tuning: trained keys and values before every layer's own; `encoderHiddenSize`: made by an MLP of that width (prefix_projection). */
  v.strictObject({ kind: v.literal('prefix'), virtualTokens: range('virtualTokens'), encoderHiddenSize: v.nullable(range('encoderHiddenSize')), ...base }),
  /** Prompt tuning: trained vectors before the embedded tokens. */
  v.strictObject({ kind: v.literal('prompt'), virtualTokens: range('virtualTokens'), ...base }),
  /** P-tuning: the same, made by an MLP of three layers. */
  v.strictObject({ kind: v.literal('p-tuning'), virtualTokens: range('virtualTokens'), encoderHiddenSize: range('encoderHiddenSize'), ...base })
])

export const PrecisionSchema = v.strictObject({
  weights: FloatTypeSchema,
  autocast: v.picklist(['none', 'bf16', 'fp16']),
  /** accelerate's ConvertOutputsToFp32 around the model call: what the Hugging Face Trainer does under autocast. */
  outputsToFp32: v.boolean()
})

/** `adamw-8bit`, `adamw-32bit`, `paged-…`, `lion-…bit`: bitsandbytes. lomo and adalomo update during the backward pass. */
export const OPTIMIZER_KINDS = [
  'adamw', 'sgd-momentum', 'none', 'sgd', 'rmsprop', 'adagrad', 'adafactor', 'muon', 'lion',
  'adamw-8bit', 'adamw-32bit', 'paged-adamw-8bit', 'paged-adamw-32bit', 'lion-8bit', 'lion-32bit', 'paged-lion-8bit', 'paged-lion-32bit',
  'torchao-adamw-8bit', 'torchao-adamw-4bit', 'torchao-adamw-fp8', 'adam-mini', 'galore', 'apollo', 'soap',
  'schedule-free-adamw', 'schedule-free-sgd', 'lomo', 'adalomo', 'badam'
] as const

/** The kinds for which `implementation` decides anything. */
export const KINDS_WITH_IMPLEMENTATION: readonly (typeof OPTIMIZER_KINDS)[number][] = ['adamw', 'sgd', 'sgd-momentum', 'rmsprop', 'adagrad', 'schedule-free-adamw', 'badam']

export const OptimizerSchema = v.strictObject({
  kind: v.picklist(OPTIMIZER_KINDS),
  /** Which of torch.optim's code paths; other optimizers have one. */
  implementation: v.picklist(['fused', 'foreach', 'loop']),
  /** Adam: keeps the largest second moments too. Absent: no. */
  amsgrad: v.optional(v.boolean()),
  /** Adafactor: with beta1, a full first moment in fp32. Absent: no. */
  firstMoment: v.optional(v.boolean()),
  /** GaLore and APOLLO: rank of the projected gradient. Absent: 128. */
  lowRank: v.optional(range('rank')),
  /** Each parameter is updated as soon as its gradient is there, which is freed at once. Absent: no. */
  inBackward: v.optional(v.boolean()),
  /** torch.nn.utils.clip_grad_norm_ before the step, as the Trainer does with max_grad_norm > 0. Absent: no. */
  clipGradNorm: v.optional(v.boolean()),
  /** A moving average of the trained weights on the GPU, in this type. Absent: none. */
  emaType: v.optional(FloatTypeSchema)
})

/**
 * How samples share rows. padding-free: those of a micro-batch end to end in one row, positions beginning again (TRL padding_free,
 * DataCollatorWithFlattening); packed: rows filled with whole samples first (TRL bfd, axolotl sample_packing, LLaMA-Factory neat_packing
 * with FlashAttention 2); wrapped: rows cut from one stream of samples, which see each other (TRL wrapped, LLaMA-Factory packing);
 * block-mask: filled rows and a mask made by the collator (LLaMA-Factory neat_packing with SDPA or eager attention).
 */
export const PACKINGS = ['padding-free', 'packed', 'wrapped', 'block-mask'] as const

/** Tokens of the samples before padding and cutting. */
export const LengthsSchema = v.strictObject({ mean: v.pipe(v.number(), v.minValue(1), v.maxValue(LIMITS.sequenceLength.max)), p95: range('sequenceLength'), longest: range('sequenceLength') })

export const DataSchema = v.strictObject({
  sequenceLength: range('sequenceLength'),
  microBatch: range('microBatch'),
  gradientAccumulation: range('gradientAccumulation'),
  /** Rows of unequal length padded to the longest: an attention mask exists and SDPA leaves the flash kernel. */
  padding: v.boolean(),
  /** Absent: every sample has a row of its own. */
  packing: v.optional(v.picklist(PACKINGS)),
  /** Of the real samples. The longest batch is simulated, and decides. Absent: every row is as long as sequenceLength. */
  lengths: v.optional(LengthsSchema),
  /** The collator rounds padded rows up to a multiple of this (pad_to_multiple_of). Absent: 1. */
  padToMultipleOf: v.optional(range('padToMultipleOf')),
  /** DataLoader worker processes (dataloader_num_workers), which take host memory only. Absent: 0. */
  workers: v.optional(range('workers')),
  /**
   * Images of every sample, for vision-language models; their tokens are part of the sequence. Height and width in pixels as the
   * processor is given them: towers of a fixed size resize to it. Absent: text alone.
   */
  images: v.optional(v.strictObject({ perSample: range('imagesPerSample'), height: v.optional(range('imageSide'), 672), width: v.optional(range('imageSide'), 672) })),
  /** Share of the tokens that have a label, for losses that drop the others (trl-chunked, torchtune-linear). Absent: all. */
  labelledShare: v.optional(share)
})

export const LOSS_PATHS = [
  'hugging-face', 'hugging-face-shift', 'liger-fused-linear',
  'hugging-face-in-model', 'trl-chunked', 'trl-nll', 'liger-cross-entropy', 'unsloth-fused', 'torchtune-linear'
] as const

/** Losses that never make all logits at once: nothing is left to keep, and an adapter on the head is bypassed. */
export const LOSSES_WITHOUT_LOGITS: ReadonlySet<(typeof LOSS_PATHS)[number]> = new Set(['trl-chunked', 'liger-fused-linear', 'unsloth-fused', 'torchtune-linear'])

export const RuntimeSchema = v.strictObject({
  /**
   * flash: SDPA's flash kernel, which gives way to the efficient one under a mask; flash-2: the FlashAttention package, which takes padding out
   * instead and needs no mask (attn_implementation flash_attention_2); flash-repeated-kv: K and V expanded to all heads first (Mistral, transformers
   * < 4.48); flash-3: FlashAttention 3 on Hopper; cudnn: SDPA's cuDNN kernel, which recent torch prefers on Hopper and Blackwell; math:
   * SDPA's own operations, one by one in fp32, where no fused kernel is to be had or one is ruled out (sdpa_kernel(SDPBackend.MATH)).
   */
  attention: v.picklist(['flash', 'flash-2', 'flash-repeated-kv', 'flash-3', 'cudnn', 'efficient', 'math', 'eager']),
  checkpointing: v.picklist(['none', 'non-reentrant', 'reentrant']),
  /** Checkpoint every n-th block, beginning with the first, and let the others keep their activations (transformers 5 every_n_layers). Absent: 1. */
  checkpointEvery: v.optional(range('checkpointEvery')),
  /**
   * host: every checkpoint in pinned host memory (transformers 5 offload, LLaMA-Factory use_unsloth_gc); unsloth: all but the last
   * block's and small ones, through two staging buffers on the GPU (unsloth_zoo). Absent: on the GPU.
   */
  checkpointOffload: v.optional(v.picklist(['host', 'unsloth'])),
  /**
   * Selective checkpointing: outputs that are kept instead of made again. attention: axolotl's default; -and-matmuls: aten mm too;
   * every-second-matmul: torchtitan. Non-reentrant only. Absent: none.
   */
  checkpointSaves: v.optional(v.picklist(['attention', 'attention-and-matmuls', 'every-second-matmul'])),
  /**
   * hugging-face: transformers ≥ 4.49; -shift: 4.46–4.48, which copied the shifted logits; -in-model: up to 4.45. trl-chunked: TRL's
   * default for SFT; trl-nll: the same as hugging-face, then entropy and accuracy. liger: fused linear, or only the cross entropy.
   */
  loss: v.picklist(LOSS_PATHS),
  /** Logits of the last positions only, with labels to match. Absent: of all. */
  logitsToKeep: v.optional(range('sequenceLength')),
  fusedKernels: v.array(v.picklist(['rms-norm', 'rope', 'swiglu'])),
  /**
   * How experts run: grouped-mm, transformers 5's default; loop: one after the other over the same stacks (experts_implementation
   * "eager", and where grouped_mm is missing); modules: one after the other, each expert three linear layers (transformers 4 and most
   * models' own code). Absent: grouped-mm.
   */
  experts: v.optional(v.picklist(['grouped-mm', 'loop', 'modules'])),
  /** mamba-ssm, or flash-linear-attention, and causal-conv1d are installed: Mamba and DeltaNet layers run in their fused kernels. Absent: in torch. */
  mixerKernels: v.optional(v.boolean()),
  /** The loss that balances experts is added (output_router_logits; LLaMA-Factory moe_aux_loss_coef, TRL router_aux_loss_coef). Absent: no. */
  routerLoss: v.optional(v.boolean()),
  /** A training loop that keeps the model's outputs alive until after the backward pass. */
  keepsLogits: v.boolean()
})

export const PlanSchema = v.strictObject({
  type: v.literal('headroom/plan'),
  version: v.literal(1),
  model: ModelSchema,
  algorithm: v.picklist(ALGORITHMS),
  method: MethodSchema,
  precision: PrecisionSchema,
  optimizer: OptimizerSchema,
  data: DataSchema,
  runtime: RuntimeSchema,
  /**
   * What of the image part the method trains beside the language model (LLaMA-Factory freeze_vision_tower, freeze_multi_modal_projector):
   * weights under full and freeze, adapters where its linear layers are targets. Absent: neither.
   */
  vision: v.optional(v.strictObject({ tower: v.picklist(['frozen', 'trained']), projector: v.picklist(['frozen', 'trained']) })),
  /** Of algorithms that compare answers (`usesPreferences`). */
  preference: v.optional(PreferenceSchema),
  /** Of algorithms that generate answers (`usesRollouts`). */
  reinforcement: v.optional(ReinforcementSchema)
})

export type Method = v.InferOutput<typeof MethodSchema>
export type Plan = v.InferOutput<typeof PlanSchema>
export const PLAN_VERSION = 1
