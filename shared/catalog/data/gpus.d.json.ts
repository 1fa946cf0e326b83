import type { CatalogGpu } from '../gpu.ts'

declare const gpus: readonly CatalogGpu[]
export default gpus
