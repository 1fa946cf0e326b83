import type { CatalogGpu } from './gpu.ts'
import { gpuTokens } from './gpuTokens.ts'
import { gpus } from './gpus.ts'
import { SearchIndex } from './searchIndex.ts'

let index: SearchIndex | undefined

/** GPUs that a query means, best first; an empty query lists all. */
export function searchGpus (query: string, limit = Infinity): readonly CatalogGpu[] {
  index ??= new SearchIndex(gpus.map(({ id, name, reportedNames }) => ({ names: [name, id], otherNames: reportedNames })), gpuTokens)
  const found = index.search(query)?.map((position) => gpus[position]!) ?? gpus
  return found.slice(0, limit)
}
