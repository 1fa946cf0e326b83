import { bytes, mib, type Bytes } from '../units/index.ts'
import type { Uncertain } from './result.ts'

/* What a process holds on the GPU besides tensors. None of it is simulated: measured values, with the range that was seen. */

/**
 * cuBLAS workspaces, one for the main thread and one for the autograd thread, allocated through torch's allocator
 * (ATen/cuda/CublasHandlePool.cpp parseChosenWorkspaceSize): `:4096:2:16:8` = 8.125 MiB each, 32 MiB each on compute
 * capability 9.0. 2 × 8.125 MiB was measured on an A100.
 */
export function cublasWorkspaces (computeCapability: string | null): readonly Bytes[] {
  const each = computeCapability === '9.0' ? mib(32) : mib(8.125)
  return [each, each]
}

/**
 * CUDA context and loaded kernels, outside torch's allocator. 523 MiB: A100-80GB, torch 2.4.1 with FlashAttention 2 and Triton
 * (nvidia-smi less simulated reserved in six published runs of foundation-model-stack/fms-acceleration). Lowest seen: 256 MiB
 * (RTX 3090, torch 2.7.1); highest: 1,698 MiB (another environment of the same benchmark).
 */
export const CUDA_CONTEXT: Uncertain = { expected: mib(523), low: mib(256), high: mib(1698) }

/**
 * Reserved over allocated in the published A100 runs of LoRA, QLoRA and full fine-tuning that were not near capacity: up to
 * 1.18. Upper end of the interval, since batches of changing length fragment more than the equal ones that are simulated.
 */
const HIGHEST_RESERVED_RATIO = 1.18

/** The replay agrees with those runs to 2 MiB where the context is known; 2 % is left for loading and other library versions. */
const REPLAY_TOLERANCE = 1.02

export function highestReserved (allocated: number, simulated: number): Bytes {
  return bytes(Math.round(Math.max(simulated * REPLAY_TOLERANCE, allocated * HIGHEST_RESERVED_RATIO)))
}

/** Reserved without a replay: 3 % or the largest single buffer, whichever is more. An approximation, used by the fast path only. */
export const quickReserved = (allocated: number, largestBuffer: number): Bytes => bytes(allocated + Math.max(Math.round(allocated * 0.03), largestBuffer))
