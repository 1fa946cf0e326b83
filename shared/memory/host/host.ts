import { parameterCount, type Architecture } from '../../architecture/index.ts'
import { quantizationOf, upcastsUnquantized } from '../../plan/index.ts'
import { bytes } from '../../units/index.ts'
import { isIa3OverBitsandbytes } from '../checkQuantization.ts'
import { UNSLOTH_MINIMUM } from '../passes/blocks.ts'
import { ELEMENT_SIZE } from '../floatType.ts'
import type { ResolvedPlan } from '../resolvedPlan.ts'
import type { Category } from '../category.ts'
import type { HostEstimate, HostPart, PhasePeak, Uncertain } from '../result.ts'

/** What the plan does not say about the process on the host: defaults of the Trainer. */
export interface HostOptions {
  /** Batches that each DataLoader worker makes ahead (torch DataLoader: 2). */
  readonly prefetch?: number
}

/** What the simulation of the GPU knows. */
export interface SimulatedRun {
  readonly trainable: number
  /** Bytes of optimizer states in managed memory. */
  readonly managed: number
  readonly phases?: readonly PhasePeak[]
  /** Of the inference engine's weights. */
  readonly engineWeights?: number
}

const GB = 1e9

/**
 * Resident memory after the imports. Lowest: 0.44 GB measured with torch 2.13 without CUDA, transformers 5.18, peft and trl. With
 * CUDA 2 to 3 GB for the libraries and 1 to 1.5 GB for driver and pinned buffers were reported.
 */
const FRAMEWORK: Uncertain = { low: bytes(0.44 * GB), expected: bytes(3.75 * GB), high: bytes(4.5 * GB) }

/** Anonymous memory of the same process: what a forked worker copies at most, page by page. */
const WORKER = 0.31 * GB

/** transformers core_model_loading.py GLOBAL_WORKERS: tensors that are read at a time. */
const READERS = 4

/** save_pretrained max_shard_size: 50 GB in transformers 5, 5 GB in 4; a whole shard is copied to the host. */
const SHARD = { low: 5 * GB, expected: 50 * GB } as const

/** unsloth_zoo gradient_checkpointing.py INITIAL_CPU_BUFFER_COUNT × INITIAL_CPU_BUFFER_SIZE in 16 bits. */
const UNSLOTH_POOL = 200 * 128 * 1024 * 2

/**
 * Memory of the process on the host, while loading and while training. Memory-mapped files and the page cache are not counted:
 * the system takes them back when it needs to.
 */
export function hostMemory (resolved: ResolvedPlan, run: SimulatedRun, options: HostOptions = {}): HostEstimate {
  const parts = [...loading(resolved), ...training(resolved, run, options)].filter(({ bytes: b }) => b.high > 0)
  const sum = (stage: HostPart['stage']): Uncertain => addUp(parts.filter((part) => part.stage === stage).map((part) => part.bytes))
  return { loading: sum('loading'), training: sum('training'), parts }
}

function loading ({ plan, architecture }: ResolvedPlan): HostPart[] {
  const size = ELEMENT_SIZE[plan.precision.weights]
  const model = (parameterCount(architecture)?.total ?? 0) * size
  const largest = largestTensor(architecture)
  const isQuantized = quantizationOf(plan.method) !== null
  return [
    framework('loading'),
    {
      stage: 'loading',
      name: 'model',
      bytes: isQuantized ? exactly(0) : { low: bytes(0), expected: bytes(model), high: bytes(model) },
      source: 'transformers modeling_utils.py from_pretrained: without device_map the model is made on the CPU; with it tensors go to the GPU one by one'
    },
    {
      stage: 'loading',
      name: 'tensors-in-flight',
      bytes: { low: bytes(largest * 2), expected: bytes(READERS * largest * 2), high: bytes(READERS * largest * 4) },
      source: 'transformers 5.18.0 core_model_loading.py GLOBAL_WORKERS'
    }
  ]
}

function training (resolved: ResolvedPlan, run: SimulatedRun, { prefetch = 2 }: HostOptions): HostPart[] {
  const { plan } = resolved
  // transformers training_args.py dataloader_num_workers: 0
  const { microBatch, sequenceLength, workers = 0 } = plan.data
  // input_ids, labels and attention_mask, which the collator always makes.
  const batch = microBatch * sequenceLength * 8 * 3
  return [
    framework('training'),
    { stage: 'training', name: 'batches', bytes: exactly(batch * (Math.max(1, workers * prefetch) + 1)), source: 'torch utils/data/dataloader.py: workers × prefetch_factor; transformers training_args.py dataloader_pin_memory True' },
    { stage: 'training', name: 'workers', bytes: { low: bytes(0), expected: bytes(workers * WORKER), high: bytes(workers * WORKER) }, source: 'measured: anonymous memory after the imports, copied on write' },
    { stage: 'training', name: 'checkpoints', bytes: offloadedCheckpoints(resolved), source: 'torch autograd/graph.py save_on_cpu; ATen/core/CachingHostAllocator.h: pinned buffers are rounded up to a power of two' },
    { stage: 'training', name: 'paged-states', bytes: { low: bytes(0), expected: bytes(0), high: bytes(run.managed) }, source: 'bitsandbytes functional.py get_paged: managed memory, moved to the host when the GPU runs full' },
    ...rolloutParts(resolved, run),
    { stage: 'training', name: 'saving', bytes: saving(resolved, run), source: 'safetensors torch.py save_file: every tensor of a shard as bytes on the host; transformers modeling_utils.py save_pretrained max_shard_size' }
  ]
}

/** What rollouts put on the host: states that leave the GPU meanwhile, frozen models between their passes, a sleeping engine's weights, the experience. */
function rolloutParts ({ plan, roles }: ResolvedPlan, { phases = [], engineWeights = 0 }: SimulatedRun): HostPart[] {
  const { reinforcement, preference } = plan
  const held = (categories: readonly Category[]): number => Math.max(0, ...phases.map(({ breakdown }) => categories.reduce((sum, category) => sum + (breakdown[category] ?? 0), 0)))
  const offload = reinforcement?.offloadWhileGenerating ?? 'none'
  const states = offload === 'none' ? 0 : held(['optimizer-states', 'master-weights', ...offload === 'optimizer-and-weights' ? ['weights', 'adapters'] as const : []])
  const reward = reinforcement?.reward.kind === 'model' ? reinforcement.reward : undefined
  const onHost = [[roles?.reference, preference?.referenceModel ?? reinforcement?.referenceModel], [roles?.reward, reward]] as const
  const frozen = onHost.reduce((sum, [role, settings]) => role && settings?.between === 'host' ? sum + (parameterCount(role.architecture)?.total ?? 0) * ELEMENT_SIZE[role.plan.precision.weights] : sum, 0)
  const asleep = reinforcement?.rollout.sleep === 'weights-on-host' ? engineWeights : 0
  const tokens = reinforcement ? reinforcement.generationBatch * (reinforcement.promptLength + reinforcement.completionLength) : 0
  const experience = reinforcement ? tokens * (EXPERIENCE_PER_TOKEN[reinforcement.framework] ?? 0) : 0
  return [
    { stage: 'training', name: 'offloaded-states', bytes: exactly(states), source: 'verl workers/fsdp_workers.py offload_fsdp_optimizer; OpenRLHF utils/deepspeed_utils.py offload_deepspeed_states: pinned host memory' },
    { stage: 'training', name: 'frozen-models', bytes: exactly(frozen), source: 'the weights of reference or reward model between their passes' },
    { stage: 'training', name: 'engine-weights', bytes: exactly(asleep), source: 'vllm/device_allocator/cumem.py: sleep level 1 copies the weights to pinned host memory' },
    { stage: 'training', name: 'experience', bytes: exactly(experience), source: 'OpenRLHF trainer/ppo_utils/experience_maker.py Experience.to_device("cpu"); verl protocol.py DataProto' }
  ]
}

/** Bytes per token that a framework keeps of a rollout on the host; the others keep it on the GPU. */
const EXPERIENCE_PER_TOKEN: Readonly<Partial<Record<string, number>>> = { openrlhf: 16 + 1 + 7 * 4, verl: 70 }

const framework = (stage: HostPart['stage']): HostPart => ({ stage, name: 'framework', bytes: FRAMEWORK, source: 'measured without CUDA (lowest); reported with it' })

/** One input per checkpointed block that leaves the GPU. */
function offloadedCheckpoints ({ plan, places, architecture }: ResolvedPlan): Uncertain {
  const { runtime, data, method, precision } = plan
  if (!runtime.checkpointOffload) return exactly(0)
  const blocks = places.filter((place) => place.checkpointed).length
  const isWide = precision.weights === 'fp32' || upcastsUnquantized(method)
  const elements = data.microBatch * data.sequenceLength * architecture.hiddenSize
  const each = elements * (isWide && runtime.checkpointOffload === 'host' ? 4 : 2)
  // Products in fp32 make the stream of hidden states fp32 too, where its targets write to it.
  const widest = isIa3OverBitsandbytes(method) ? elements * 4 : each
  const isUnsloth = runtime.checkpointOffload === 'unsloth'
  if (isUnsloth && each <= UNSLOTH_MINIMUM) return exactly(0)
  const pool = isUnsloth ? UNSLOTH_POOL : 0
  const pinned = bytes(blocks * 2 ** Math.ceil(Math.log2(widest)) + pool)
  return { low: bytes(blocks * each), expected: pinned, high: pinned }
}

/** Of a run that saves: a shard of what is trained whole, or the adapters, and one optimizer state at a time. */
function saving ({ plan, architecture }: ResolvedPlan, { trainable }: SimulatedRun): Uncertain {
  const { method, precision } = plan
  if (method.kind !== 'full' && method.kind !== 'freeze') {
    const adapters = trainable * ('adapterType' in method ? ELEMENT_SIZE[method.adapterType] : ELEMENT_SIZE[precision.weights])
    return { low: bytes(0), expected: bytes(adapters), high: bytes(2 * adapters) }
  }
  const model = (parameterCount(architecture)?.total ?? 0) * ELEMENT_SIZE[precision.weights]
  const state = largestTensor(architecture) * 4
  return { low: bytes(0), expected: bytes(Math.min(model, SHARD.expected) + state), high: bytes(model + state) }
}

/** Elements of the largest tensor of the model: embedding, an MLP matrix, or a stack of experts as transformers 5 keeps them. */
function largestTensor (a: Architecture): number {
  const dense = Math.max(a.vocabSize * a.hiddenSize, 2 * a.intermediateSize * a.hiddenSize)
  return a.moe ? Math.max(dense, a.moe.experts * 2 * a.moe.intermediateSize * a.hiddenSize) : dense
}

const exactly = (value: number): Uncertain => ({ low: bytes(value), expected: bytes(value), high: bytes(value) })

const addUp = (values: readonly Uncertain[]): Uncertain => ({
  low: bytes(values.reduce((sum, v) => sum + v.low, 0)),
  expected: bytes(values.reduce((sum, v) => sum + v.expected, 0)),
  high: bytes(values.reduce((sum, v) => sum + v.high, 0))
})
