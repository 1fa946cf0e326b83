import type { CatalogModel } from './model.ts'
import { models } from './models.ts'
import { SearchIndex } from './searchIndex.ts'
import { tokens } from './tokens.ts'

let index: SearchIndex | undefined

/**
 * Models that a query means, best first and the more used first among equals: `llama 3.1 8b`, `qwen2.5-7b`, `7b`, `mistrl`.
 * An empty query lists them by rank.
 */
export function searchModels (query: string, limit = Infinity): readonly CatalogModel[] {
  index ??= new SearchIndex(models.map(({ id, displayName, family, aliases }) => ({
    names: [displayName, `${family} ${displayName}`, id, bareName(id)],
    otherNames: aliases.flatMap((alias) => [alias, bareName(alias)])
  })), tokens)
  const found = index.search(query)?.map((position) => models[position]!) ?? models
  return found.slice(0, limit)
}

const bareName = (name: string): string => name.slice(name.lastIndexOf('/') + 1)
