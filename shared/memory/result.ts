import type { Plan } from '../plan/index.ts'
import type { Bytes } from '../units/index.ts'
import type { Category } from './category.ts'
import type { HostPartName } from './host/parts.ts'
import type { EngineMemory } from './rollout/engine.ts'
import type { Owner } from './tape/index.ts'

/** Bytes by category. Only categories that hold something are present. */
export type Breakdown = Readonly<Partial<Record<Category, Bytes>>>

/**
 * loss: the loss's own code where it is outside the model's call; policy-without-gradient: KTO's second pass; reference: the frozen
 * model's pass inside the loss; the rest belongs to rollouts.
 */
export const PHASE_KINDS = [
  'load', 'buffers', 'prefill', 'decode', 'rollout', 'reward', 'old-log-probabilities', 'reference-log-probabilities', 'values',
  'forward', 'policy-without-gradient', 'reference', 'loss', 'backward', 'optimizer',
  'critic-forward', 'critic-loss', 'critic-backward', 'critic-optimizer', 'weight-sync'
] as const
export type PhaseKind = (typeof PHASE_KINDS)[number]

/** One stretch of the first two optimizer steps with its own peak. Step 2 is the steady state: optimizer states exist. */
export interface PhasePeak {
  readonly kind: PhaseKind
  /** Optimizer step, counted from 0. */
  readonly step: number
  /** Micro-batch within the step, counted from 0; 0 for load and optimizer. */
  readonly micro: number
  /** Highest sum of live tensors, as torch.cuda.max_memory_allocated would report without library workspaces. */
  readonly peak: Bytes
  /** What is still allocated when the phase ends. */
  readonly liveAfter: Bytes
  /** The peak by category; its parts add up to `peak`. */
  readonly breakdown: Breakdown
  /** What an inference engine holds meanwhile, outside torch's allocator; absent: there is none. */
  readonly engine?: Bytes
}

/** One named extent of a tensor: `{ symbol: 's', size: 2048 }`. */
export interface Dimension {
  readonly symbol: string
  readonly size: number
}

/**
 * Equal buffers alive at the peak, as one line of an explanation. `bytes` is exact (each buffer rounded up to the
 * allocator's 512 B); `count` buffers of `shape` in `dtype`.
 */
export interface Part {
  /** The model of the algorithm that it belongs to. */
  readonly owner: Owner
  readonly category: Category
  /** What made it: `gate_proj`, `input_layernorm`, `lm_head`, `cross entropy` … */
  readonly module: string
  /** What it is: `weight`, `output`, `saved input`, `exp_avg` … */
  readonly tensor: string
  readonly shape: readonly Dimension[]
  readonly dtype: string
  readonly bytesPerElement: number
  readonly count: number
  readonly bytes: Bytes
  /** The framework file and function, paper or measurement that says that this buffer exists. */
  readonly source: string
}

/** A quantity that is not exact: the interval contains the truth as far as the sources reach. */
export interface Uncertain {
  readonly expected: Bytes
  readonly low: Bytes
  readonly high: Bytes
}

/** One thing that takes memory on the host, in one stage. */
export interface HostPart {
  readonly stage: 'loading' | 'training'
  readonly name: HostPartName
  readonly bytes: Uncertain
  readonly source: string
}

/** Memory of the process on the host (RSS without memory-mapped files). The parts of a stage add up to it. */
export interface HostEstimate {
  readonly loading: Uncertain
  readonly training: Uncertain
  readonly parts: readonly HostPart[]
}

/** Something the estimate takes for granted or approximates, to be shown to the user. Sentences: shared/memory/assumptions. */
export interface Assumption {
  readonly code: string
  readonly values?: Readonly<Record<string, string | number>>
}

export interface Estimate {
  readonly plan: Plan
  readonly modelName: string
  readonly parameters: { readonly total: number, readonly trainable: number }
  /** In the order of time. */
  readonly phases: readonly PhasePeak[]
  /** Index into `phases` of the highest peak. */
  readonly peakPhase: number
  /** torch.cuda.max_memory_allocated: the highest phase peak plus the cuBLAS workspace that lives in the allocator. */
  readonly allocated: Bytes
  /** torch.cuda.max_memory_reserved: segments of the caching allocator. */
  readonly reserved: Uncertain
  /** What nvidia-smi shows for the process: reserved plus CUDA context. The verdict is made with this. */
  readonly total: Uncertain
  /** `total.expected` by category; adds up to it exactly. */
  readonly breakdown: Breakdown
  /** The buffers alive at the peak, largest first; they and the workspace add up to `allocated`. Computed when first read. */
  readonly parts: readonly Part[]
  /** The same for the peak of any phase, by its index in `phases`. */
  readonly partsOf: (phase: number) => readonly Part[]
  readonly assumptions: readonly Assumption[]
  readonly host?: HostEstimate
  /** Of the model's files and the checkpoints that a run with the Trainer keeps. */
  readonly disk?: Uncertain
  /** The engine that makes the completions, where it shares the GPU. */
  readonly engine?: EngineMemory
}
