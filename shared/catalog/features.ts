import type { CatalogGpu } from './gpu.ts'

/** Null: the sources do not say. */
export interface GpuFeatures {
  /** Matrix units for bf16. */
  readonly bf16: boolean | null
  readonly fp8: boolean | null
  /** FlashAttention 2; its README names Ampere, Ada and Hopper. */
  readonly flashAttention2: boolean | null
  /** FlashAttention 3; its README asks for H100 or H800. */
  readonly flashAttention3: boolean | null
}

/** What the card can do, by its CUDA compute capability (NVIDIA's CUDA programming guide); elsewhere by the rates known of it. */
export function featuresOf ({ computeCapability, tflops }: CatalogGpu): GpuFeatures {
  return computeCapability === null
    ? { bf16: tflops.bf16 !== null || null, fp8: tflops.fp8 !== null || null, flashAttention2: null, flashAttention3: null }
    : featuresOfCapability(computeCapability)
}

/** The same for a card that only says its compute capability, `8.0`. */
export function featuresOfCapability (computeCapability: string): GpuFeatures {
  const capability = Number(computeCapability)
  return {
    bf16: capability >= 8,
    fp8: capability >= 8.9,
    flashAttention2: capability >= 10 ? null : capability >= 8,
    flashAttention3: capability >= 10 ? null : capability === 9
  }
}

export const UNKNOWN_FEATURES: GpuFeatures = { bf16: null, fp8: null, flashAttention2: null, flashAttention3: null }
