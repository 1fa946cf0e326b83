import { parameterCount } from '../../architecture/index.ts'
import type { Plan } from '../../plan/index.ts'
import { bytes, gib, type Bytes } from '../../units/index.ts'
import type { ResolvedPlan } from '../resolvedPlan.ts'
import type { Uncertain } from '../result.ts'
import { cacheBytes } from './cacheSize.ts'

/** What an inference engine holds on the policy's GPU, outside the trainer's allocator. */
export interface EngineMemory {
  readonly weights: Bytes
  /** Highest use of the profiling run, and captured CUDA graphs. */
  readonly activations: Uncertain
  readonly graphs: Uncertain
  /** What is left for the cache; null without a card to take a share of. */
  readonly cachePool: Bytes | null
  /** Cache of one sequence as long as prompt and completion. */
  readonly cachePerSequence: Bytes
  /** Cache of the longest sequence the engine accepts: without room for it the engine does not start. */
  readonly cacheAtLeast: Bytes
  /** Sequences that fit in the pool at a time; fewer than asked for means waiting, not failing. */
  readonly concurrency: number | null
  /** Everything while it generates. */
  readonly awake: Uncertain
  /** What stays while the policy learns. */
  readonly whileLearning: Uncertain
  /** The smallest share of the card with which it starts; null without a card. */
  readonly smallestShare: number | null
}

const SIZES: Readonly<Record<Plan['precision']['weights'] | 'fp8', number>> = { fp32: 4, bf16: 2, fp16: 2, fp8: 1 }

/** vLLM's defaults: max_num_batched_tokens 8192, max_num_seqs 256 (vllm/config/scheduler.py). */
const BATCHED_TOKENS = 8192
const CONCURRENT = 256
const BLOCK = 16

/**
 * The engine of the plan; null where generate() or another GPU makes the completions. `deviceMemory`: bytes of the card, of which
 * vLLM takes gpu_memory_utilization (vllm/v1/worker/utils.py request_memory) and SGLang mem_fraction_static for weights and cache alone.
 */
export function engineMemory (resolved: ResolvedPlan, deviceMemory: number | null): EngineMemory | null {
  const { reinforcement } = resolved.plan
  if (!reinforcement || reinforcement.rollout.engine === 'hugging-face' || reinforcement.rollout.place === 'elsewhere') return null
  const { rollout, promptLength, completionLength, generationBatch } = reinforcement
  const { architecture: a } = resolved
  const { tensorParallel: shards } = rollout
  const weights = Math.ceil((parameterCount(a)?.total ?? 0) * SIZES[rollout.weights] / shards)
  const block = rollout.blockSize ?? BLOCK
  const cacheOf = (length: number): number => cacheBytes(a, Math.ceil(length / block) * block, SIZES[rollout.cache], shards)
  const perSequence = cacheOf(promptLength + completionLength)
  const atLeast = cacheOf(rollout.maxModelLength ?? promptLength + completionLength)
  const wanted = Math.max(atLeast, perSequence * Math.min(rollout.concurrent ?? CONCURRENT, generationBatch))
  const activations = profileRun(a, generationBatch, rollout.concurrent ?? CONCURRENT)
  const graphs = rollout.cudaGraphs ? { low: gib(0.3), expected: gib(0.5), high: gib(2) } : NOTHING
  const fixed = weights + activations.expected + graphs.expected
  const isWholeShare = rollout.engine === 'vllm'
  const outsideShare = isWholeShare ? 0 : activations.expected + graphs.expected
  const requested = deviceMemory === null ? null : Math.ceil(deviceMemory * rollout.share)
  const pool = requested === null ? null : Math.max(0, requested - (isWholeShare ? fixed : weights))
  const awake: Uncertain = requested === null
    ? { low: bytes(weights + activations.low + graphs.low + atLeast), expected: bytes(fixed + wanted), high: bytes(weights + activations.high + graphs.high + wanted) }
    : { low: bytes(requested), expected: bytes(requested + outsideShare), high: bytes(requested + (isWholeShare ? graphs.high - graphs.expected : activations.high + graphs.high)) }
  return {
    weights: bytes(weights),
    activations,
    graphs,
    cachePool: pool === null ? null : bytes(pool),
    cachePerSequence: bytes(perSequence),
    cacheAtLeast: bytes(atLeast),
    concurrency: pool === null ? null : Math.floor(pool / perSequence),
    awake,
    whileLearning: rollout.sleep === 'none' ? awake : residue(rollout),
    smallestShare: deviceMemory === null ? null : Math.ceil(100 * ((isWholeShare ? fixed : weights) + atLeast) / deviceMemory) / 100
  }
}

const NOTHING: Uncertain = { low: bytes(0), expected: bytes(0), high: bytes(0) }

/** The largest batch of tokens through one layer, and scores of all sequences: the terms that dominate the profiling run. Not measured. */
function profileRun (a: ResolvedPlan['architecture'], generationBatch: number, concurrent: number): Uncertain {
  const width = Math.max(a.intermediateSize, (a.moe?.intermediateSize ?? 0) * (a.moe?.expertsPerToken ?? 0))
  const expected = BATCHED_TOKENS * (8 * a.hiddenSize + 6 * width) + Math.min(concurrent, Math.max(generationBatch, 1)) * a.vocabSize * 6
  return { low: bytes(Math.round(expected / 2)), expected: bytes(expected), high: bytes(2 * expected) }
}

/**
 * Asleep (vLLM sleep levels 1 and 2 free weights and cache) the context of its process, graphs, communication buffers and what is outside
 * its pool stay. Published: 0.77 GiB on one GPU, 2.4 to 7.4 GiB under tensor parallelism of 2 (NeMo-RL issue 223).
 */
function residue ({ cudaGraphs, tensorParallel }: NonNullable<Plan['reinforcement']>['rollout']): Uncertain {
  const shared = tensorParallel > 1 ? 1 : 0
  return { low: gib(0.3), expected: gib(0.8 + (cudaGraphs ? 0.5 : 0) + shared), high: gib(shared ? 7.4 : 2.4) }
}
