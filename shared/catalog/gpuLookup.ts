import { toGib } from '../units/index.ts'
import type { CatalogGpu } from './gpu.ts'
import { gpuTokens } from './gpuTokens.ts'
import { gpus } from './gpus.ts'
import { normalize } from './tokens.ts'

/** Words that a typed name may leave out without meaning another card. */
const OPTIONAL = new Set([
  'nvidia', 'geforce', 'tesla', 'rtx', 'gtx', 'amd', 'radeon', 'instinct', 'rx', 'intel', 'arc', 'apple', 'huawei', 'ascend',
  'sxm', 'pcie', 'oam', 'ac', 'hbm3', 'hbm3e', 'bw', 'blackwell', 'generation', 'edition', 'workstation', 'server', 'graphics', 'gpu'
])

/** By card, the words of each of its names. */
let directory: ReadonlyMap<CatalogGpu, readonly (readonly string[])[]> | undefined

/**
 * The card that a person means: an id, a product name, or a part of one such as `4090`, `A100-80GB`, `RTX PRO 6000`. Null
 * when none fits, or when it is sold with different memory and the text does not say which (`A100`, `3080`).
 */
export function findGpu (idOrName: string): CatalogGpu | null {
  const typed = normalize(idOrName)
  const exact = gpus.find(({ id, name }) => id === typed || name.toLowerCase() === typed)
  if (exact) return exact
  const asked = gpuTokens(idOrName)
  if (asked.length === 0) return null
  directory ??= new Map(gpus.map((gpu) => [gpu, namesInWords(gpu)]))
  const holding = (isEnough: (name: readonly string[]) => boolean) => [...directory!]
    .filter(([, names]) => names.some((name) => asked.every((word) => name.includes(word)) && isEnough(name)))
    .map(([gpu]) => gpu)
  const plain = holding((name) => name.every((word) => asked.includes(word) || mayBeOmitted(word)))
  return only(plain.length > 0 ? plain : holding(() => true))
}

function namesInWords ({ id, name, reportedNames, memory }: CatalogGpu): readonly (readonly string[])[] {
  const size = memory.nominalBytes === null ? '' : ` ${toGib(memory.nominalBytes)}gb`
  // A driver's name that the catalog had to extend is another card's too.
  const unshared = reportedNames.filter((reported) => reported === name || !name.includes(reported))
  return [id, name, ...unshared].map((text) => gpuTokens(text + size))
}

const mayBeOmitted = (word: string): boolean => OPTIONAL.has(word) || /^\d+gb$/.test(word)

/** The first of cards with the same memory; where one's size is known and another's not, the known one is meant. */
function only (candidates: readonly CatalogGpu[]): CatalogGpu | null {
  const known = candidates.filter(({ memory }) => memory.nominalBytes !== null)
  const sizes = new Set(known.map(({ memory }) => memory.nominalBytes))
  if (sizes.size > 1) return null
  return known[0] ?? (candidates.length === 1 ? candidates[0]! : null)
}
