import type { Category } from '../category.ts'
import type { Parameter } from '../modules/linear.ts'
import { edgeOf, GradNode, type CheckpointFrame, type Edge, type Storage, type Tensor } from '../tape/index.ts'
import type { BlockCall } from './blockEffects.ts'

/** What holds a storage after a block's forward pass, and how often. */
interface Holders {
  /** Nodes of the autograd graph, until the block's backward pass. */
  saved: number
  /** The cache of autocast's casts. */
  cached: number
  /** Contexts of nodes and closures, until the graph is freed. */
  withGraph: number
  withClosure: number
}

/** Storages that are held alike, as one. */
export interface Reference extends Holders {
  /** The block's input or result, one that all blocks share (by its number), or new ones of the block. */
  readonly of: 'input' | 'result' | 'new' | number
  bytes: number
  readonly category: Category
}

const PERSISTENT: ReadonlySet<Category> = new Set(['weights', 'adapters', 'quantization-state'])

/** Runs the block and finds everything that its forward pass leaves referred to; null where that is more than is followed here. */
export function keptAfter ({ blocks, scope, x, shared, layer, index }: BlockCall, own: readonly Parameter[]): { readonly result: Tensor, readonly references: readonly Reference[] | null } {
  const { tape } = scope
  const made: Storage[] = []
  const [cached, withGraph, withClosure] = [tape.weightCache?.size ?? 0, tape.graphKept.length, blocks.adopted.length]
  const outer = [x.storage, ...shared]
  const before = outer.map(({ references }) => references)
  tape.collected = made
  const result = blocks.forward(scope, x, shared, layer, index)
  tape.collected = null
  const unknown = { result, references: null }
  if (layer.before ?? layer.beside ?? layer.integers ?? layer.second) return unknown
  if (!made.includes(result.storage)) return unknown

  const holders = new Map<Storage, Holders>()
  const hold = (storage: Storage, by: keyof Holders): void => {
    let known = holders.get(storage)
    if (!known) holders.set(storage, known = { saved: 0, cached: 0, withGraph: 0, withClosure: 0 })
    known[by]++
  }
  if (!eachSaved(result, edgeOf(x), index, own, (storage) => { hold(storage, 'saved') })) return unknown
  for (const cast of [...tape.weightCache?.values() ?? []].slice(cached)) hold(cast.storage, 'cached')
  for (const storage of tape.graphKept.slice(withGraph)) hold(storage, 'withGraph')
  for (const storage of blocks.adopted.slice(withClosure)) hold(storage, 'withClosure')

  const total = (storage: Storage): number => Object.values(holders.get(storage) ?? {}).reduce((sum: number, n: number) => sum + n, 0)
  if (made.some((storage) => storage.references > 0 && storage.references !== total(storage) + (storage === result.storage ? 1 : 0))) return unknown
  if (outer.some((storage, i) => storage.references - before[i]! !== total(storage))) return unknown
  const isMade = new Set(made)
  const groups = new Map<string, Reference>()
  for (const [storage, held] of holders) {
    const at = shared.indexOf(storage)
    const of = storage === x.storage ? 'input' : storage === result.storage ? 'result' : isMade.has(storage) ? 'new' : at
    if (of === -1) {
      if (PERSISTENT.has(storage.category) && held.cached + held.withGraph + held.withClosure === 0) continue
      return unknown
    }
    const key = [of, storage.category, held.saved > 0, held.cached, held.withGraph, held.withClosure].join()
    const known = of === 'new' ? groups.get(key) : undefined
    if (known) known.bytes += storage.bytes
    else groups.set(key, { ...held, saved: of === 'new' ? Math.min(1, held.saved) : held.saved, of, bytes: storage.bytes, category: storage.category })
  }
  return { result, references: [...groups.values()] }
}

/** Calls back for everything that the nodes between the block's result and its input keep; false where they reach elsewhere. */
function eachSaved (result: Tensor, input: Edge, index: number, own: readonly Parameter[], onSaved: (storage: Storage) => void): boolean {
  const seen = new Set<unknown>([input, null, ...own.map(({ leaf }) => leaf)])
  const frames = new Set<CheckpointFrame>()
  const stack: Edge[] = [edgeOf(result)]
  for (let edge = stack.pop(); edge !== undefined; edge = stack.pop()) {
    if (seen.has(edge)) continue
    seen.add(edge)
    if (!(edge instanceof GradNode) || edge.layer !== index) return false
    if (edge.frame) frames.add(edge.frame)
    else edge.saved.forEach(onSaved)
    stack.push(...edge.edges)
  }
  for (const frame of frames) frame.keeps.forEach(onSaved)
  return true
}
