import { featuresOf, findGpu, type CatalogGpu, type GpuFeatures } from '#shared/catalog/index.ts'
import type { DetectedGpu } from '#shared/contract/index.ts'

export const FEATURES = ['bf16', 'fp8', 'flashAttention2'] as const satisfies readonly (keyof GpuFeatures)[]

const NO_RATES: CatalogGpu['tflops'] = { bf16: null, fp16: null, fp32: null, fp8: null, int8: null }

/** What a detected card supports: by its own compute capability, else by the catalog's entry. Null where nobody says. */
export function featuresOfDetected ({ computeCapability, catalogId }: Pick<DetectedGpu, 'computeCapability' | 'catalogId'>): GpuFeatures {
  const entry = catalogId === null ? null : findGpu(catalogId)
  return featuresOf({ computeCapability: computeCapability ?? entry?.computeCapability ?? null, tflops: entry?.tflops ?? NO_RATES } as CatalogGpu)
}
