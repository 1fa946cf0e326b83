import { nearest } from '../text/nearest.ts'
import type { CatalogModel } from './model.ts'
import { models } from './models.ts'
import { searchModels } from './modelSearch.ts'
import { normalize, tokens } from './tokens.ts'

interface Directory {
  /** By id or alias, lower case. */
  readonly full: ReadonlyMap<string, CatalogModel>
  /** By the part after the owner, lower case; null where several models share it. */
  readonly bare: ReadonlyMap<string, CatalogModel | null>
  /** Every id and alias as written. */
  readonly names: readonly string[]
}

let directory: Directory | undefined

/**
 * The model with this id or alias, in any case, with or without its owner (unless several share the rest), also as the
 * address of its page on Hugging Face or ModelScope. Null when there is none.
 */
export function findModel (idOrAlias: string): CatalogModel | null {
  const { full, bare } = directory ??= buildDirectory()
  const id = repositoryOf(idOrAlias)
  return full.get(id) ?? bare.get(id) ?? null
}

/** The id or alias that a mistyped one most likely means, for an error message; null when nothing is near. */
export function suggestModel (idOrAlias: string): string | null {
  const { names } = directory ??= buildDirectory()
  const id = repositoryOf(idOrAlias)
  if (tokens(id).length === 0) return null
  if (id.includes('/')) return nearest(id, names) ?? suggestModel(bareName(id))
  const alike = searchModels(id, 50)
  const near = nearest(id, alike.flatMap(namesOf).map(bareName)) ?? (id.length < 4 ? null : nearest(id, names.map(bareName)))
  return (near && findModel(near)?.id) ?? alike[0]?.id ?? null
}

const namesOf = ({ id, aliases }: CatalogModel): readonly string[] => [id, ...aliases]

function buildDirectory (): Directory {
  const full = new Map<string, CatalogModel>()
  const bare = new Map<string, CatalogModel | null>()
  // Ids go first, so that no alias can take one away; among aliases the more used model wins.
  for (const model of models) full.set(model.id.toLowerCase(), model)
  for (const model of models) {
    for (const alias of model.aliases) if (!full.has(alias.toLowerCase())) full.set(alias.toLowerCase(), model)
  }
  for (const [name, model] of full) {
    const rest = bareName(name)
    bare.set(rest, (bare.get(rest) ?? model) === model ? model : null)
  }
  return { full, bare, names: models.flatMap(namesOf) }
}

const bareName = (name: string): string => name.slice(name.lastIndexOf('/') + 1)

/** `owner/name` in lower case, of an address too: `https://huggingface.co/Qwen/Qwen3-8B/tree/main` is `qwen/qwen3-8b`. */
function repositoryOf (text: string): string {
  const page = /^(?:https?:\/\/)?(?:www\.)?(?:huggingface\.co|hf\.co|hf-mirror\.com|modelscope\.(?:cn|ai)\/models)\/([^?#]*)/.exec(normalize(text))
  const path = (page ? page[1]! : normalize(text)).replace(/^\/+|\/+$/g, '')
  return page ? path.split('/').slice(0, 2).join('/') : path
}
