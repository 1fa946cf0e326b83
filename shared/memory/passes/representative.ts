import type { LayerPlace } from '../stack.ts'

const FIRST = 'first '
const ARROW = ' → '
export const isFirst = (context: string): boolean => context.startsWith(FIRST)

/**
 * What decides how a block of this stack changes the ledger, by position: its kind and that of the next one, whether it is the
 * first of its kind, which may make what the others use and is the last to let go of it, and whether a gradient reaches its input from blocks before it.
 */
export function contextsOf (places: readonly LayerPlace[]): string[] {
  let reached = false
  const names = places.map(({ kind, trained, checkpointed }) => {
    const name = `${kind}${trained ? '+' : ''}${checkpointed ? '^' : ''}${reached ? '~' : ''}`
    reached ||= trained
    return name
  })
  const met = new Set<string>()
  return names.map((name, i) => {
    const { kind } = places[i]!
    const first = met.has(kind) ? '' : FIRST
    met.add(kind)
    return `${first}${name}${ARROW}${names[i + 1] ?? 'last'}`
  })
}

/** A short stack with every context of the given one: what lies between a block and a later one that may follow it as well is left out where nothing is missed. */
export function representative (places: readonly LayerPlace[]): readonly LayerPlace[] {
  const contexts = contextsOf(places)
  /** What a context says of the block itself, and of the one after it. */
  const [own, following] = [0, 1].map((part) => contexts.map((context) => context.replace(FIRST, '').split(ARROW)[part]!))
  const left = new Map<string, number>()
  for (const context of contexts) left.set(context, (left.get(context) ?? 0) + 1)
  const met = new Set<string>()
  const kept: number[] = []
  for (let i = 0; i < places.length; i++) {
    kept.push(i)
    met.add(contexts[i]!)
    const passed = new Map<string, number>()
    let next = i + 1
    for (let j = i + 1; i > 0 && j < places.length; j++) {
      if (own![j] === following![i]) next = j
      const context = contexts[j]!
      passed.set(context, (passed.get(context) ?? 0) + 1)
      if (passed.get(context)! >= left.get(context)! && !met.has(context)) break
    }
    for (let j = i; j < next; j++) if (j < places.length) left.set(contexts[j]!, left.get(contexts[j]!)! - 1)
    i = next - 1
  }
  return kept.map((i) => places[i]!)
}
