/** One decoder block of a stack: what decides how it uses memory. Blocks with equal kinds are equal. */
export interface LayerPlace {
  /** The family's name for the block: `attention`, `sliding`, `moe` … */
  readonly kind: string
  /** Whether the base weights of this block are trained. */
  readonly trained: boolean
  /** Whether the block runs under activation checkpointing; absent: no. */
  readonly checkpointed?: boolean
}

/** A stack of blocks as a repeated pattern with what comes before and after it. */
export interface Stack {
  readonly before: readonly LayerPlace[]
  readonly period: readonly LayerPlace[]
  readonly repeats: number
  readonly after: readonly LayerPlace[]
}

const LONGEST_PERIOD = 8

/** The pattern whose tapes of 3 and of 4 repeats have the fewest blocks together; no repeats where one tape of all blocks is cheaper. */
export function findPattern (places: readonly LayerPlace[]): Stack {
  let best: Stack = { before: places, period: [], repeats: 0, after: [] }
  let bestCost = places.length
  for (let period = 1; period <= Math.min(LONGEST_PERIOD, places.length); period++) {
    const { start, end } = longestRun(places, period)
    const repeats = Math.floor((end - start) / period)
    const rest = places.length - repeats * period
    const cost = 2 * rest + (SHALLOW + DEEPER) * period
    if (repeats <= DEEPER || cost >= bestCost) continue
    bestCost = cost
    const until = start + repeats * period
    best = { before: places.slice(0, start), period: places.slice(start, start + period), repeats, after: places.slice(until) }
  }
  return best
}

/** Repeats in the two small tapes. From three on, every repeat's place is one of: first, second, second last, last. */
export const SHALLOW = 3
export const DEEPER = 4

/** The stack with another number of repeats. */
export const withRepeats = ({ before, period, after }: Stack, repeats: number): LayerPlace[] =>
  [...before, ...Array.from({ length: repeats }, () => period).flat(), ...after]

/** Pairs of block indices that are the same place in the tape of 3 and in the tape of 4 repeats. */
export function samePlaces ({ before, period, after }: Stack): (readonly [number, number])[] {
  const pairs: (readonly [number, number])[] = before.map((_, i) => [i, i] as const)
  for (const [shallow, deeper] of [[0, 0], [1, 1], [SHALLOW - 2, DEEPER - 2], [SHALLOW - 1, DEEPER - 1]] as const) {
    for (let i = 0; i < period.length; i++) pairs.push([before.length + shallow * period.length + i, before.length + deeper * period.length + i])
  }
  const end = before.length + SHALLOW * period.length
  return [...pairs, ...after.map((_, i) => [end + i, end + period.length + i] as const)]
}

/** The longest stretch in which every block equals the one `period` further on; `end` is exclusive. */
function longestRun (places: readonly LayerPlace[], period: number): { readonly start: number, readonly end: number } {
  let best = { start: 0, end: 0 }
  let start = 0
  for (let i = 0; i + period <= places.length; i++) {
    const next = places[i + period]
    if (next && equal(places[i]!, next)) continue
    const end = i + period
    if (end - start > best.end - best.start) best = { start, end }
    start = i + 1
  }
  return best
}

const equal = (a: LayerPlace, b: LayerPlace): boolean => a.kind === b.kind && a.trained === b.trained && a.checkpointed === b.checkpointed
