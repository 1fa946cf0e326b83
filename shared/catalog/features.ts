import type { CatalogGpu } from './gpu.ts'

/** Null: the sources do not say. */
export interface GpuFeatures {
  /** Matrix units for bf16. */
  readonly bf16: boolean | null
  readonly fp8: boolean | null
  /** FlashAttention 2; its README names Ampere, Ada and Hopper. */
  readonly flashAttention2: boolean | null
}

/** What the card can do, by its CUDA compute capability (NVIDIA's CUDA programming guide); elsewhere by the rates known of it. */
export function featuresOf ({ computeCapability, tflops }: CatalogGpu): GpuFeatures {
  if (computeCapability === null) return { bf16: tflops.bf16 !== null || null, fp8: tflops.fp8 !== null || null, flashAttention2: null }
  const capability = Number(computeCapability)
  return { bf16: capability >= 8, fp8: capability >= 8.9, flashAttention2: capability >= 10 ? null : capability >= 8 }
}
