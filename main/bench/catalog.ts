import { models } from '#shared/catalog/index.ts'
import { estimate } from '#shared/memory/index.ts'
import { resolvePlan } from '#shared/memory/resolve.ts'
import { findPattern } from '#shared/memory/stack.ts'
import { defaultPlan, type Plan } from '#shared/plan/index.ts'
import { measure } from './measure.ts'

/** At most so many milliseconds for an estimate that is made anew on every keystroke. */
export const FAST_TARGET = 0.5
const METHODS: Readonly<Record<string, (plan: Plan) => Plan>> = {
  full: (plan) => ({ ...plan, method: { kind: 'full' } }),
  LoRA: (plan) => plan
}
const CLASSES = ['equal blocks', 'blocks in turn', 'blocks without a pattern', 'recurrences written out in PyTorch'] as const

interface Row {
  readonly name: string
  readonly kind: typeof CLASSES[number]
  readonly median: number
}

/** The fast path of every model of the catalog that can be planned, by how its blocks follow each other; the slowest five by name. */
export function benchCatalog (): void {
  const rows: Row[] = []
  for (const { id } of models) {
    for (const [method, set] of Object.entries(METHODS)) {
      const plan = set(defaultPlan(id))
      const resolved = resolvePlan(plan)
      if (!resolved.ok) continue
      const { places, architecture } = resolved.value
      const { period, repeats } = findPattern(places)
      const kind = architecture.linear ? CLASSES[3] : repeats === 0 ? CLASSES[2] : period.length > 1 ? CLASSES[1] : CLASSES[0]
      rows.push({ name: `${id}, ${method}`, kind, median: measure(() => { estimate(plan, { depth: 'fast' }) }, 25, 10).median })
    }
  }
  rows.sort((a, b) => a.median - b.median)
  const ms = (n: number): string => n.toFixed(3).padStart(9)
  console.log(`\nFast path over the catalog, milliseconds; target: ${FAST_TARGET} ms`)
  console.log(`${''.padEnd(40)} ${'plans'.padStart(6)} ${'median'.padStart(9)} ${'p95'.padStart(9)} ${'highest'.padStart(9)} ${'in target'.padStart(9)}`)
  for (const kind of [...CLASSES, null]) {
    const of = rows.filter((row) => kind === null || row.kind === kind)
    if (of.length === 0) continue
    const at = (share: number): string => ms(of[Math.min(of.length - 1, Math.floor(of.length * share))]!.median)
    const within = of.filter(({ median }) => median <= FAST_TARGET).length
    console.log(`${(kind ?? 'all').padEnd(40)} ${String(of.length).padStart(6)} ${at(0.5)} ${at(0.95)} ${at(1)} ${`${(100 * within / of.length).toFixed(0)} %`.padStart(9)}`)
  }
  console.log('slowest:')
  for (const { name, median } of rows.slice(-5).reverse()) console.log(`  ${ms(median)}  ${name}`)
}
