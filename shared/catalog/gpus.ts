import data from './data/gpus.json' with { type: 'json' }
import type { CatalogGpu } from './gpu.ts'

/** Every accelerator of the catalog. Of cards that differ in nothing a user names, the usual one comes first. */
export const gpus: readonly CatalogGpu[] = data
