import type { Comparison, PhaseError } from './compare.ts'
import { bytesText, percent, signed } from './numbers.ts'
import type { Inexpressible, MeasuredMetric } from './row.ts'
import { summarize, type ErrorSummary } from './statistics.ts'

/* Published measurements in a report: by metric, how far off, and whether the interval held the truth. */

const METRICS: readonly MeasuredMetric[] = ['allocated', 'reserved', 'nvidia-smi']

export interface MetricSummary extends ErrorSummary {
  /** Estimates below what was measured. */
  readonly below: number
  /** How many have an interval, how many intervals hold the truth, and how many truths lie above theirs: optimistic surprises. */
  readonly intervals: number
  readonly held: number
  readonly above: number
}

export interface OutOfMemorySummary {
  readonly count: number
  /** Expected total, and upper end of the total, larger than the card. */
  readonly expectedAbove: number
  readonly highAbove: number
}

export interface PublishedSummary {
  readonly metrics: Readonly<Record<string, MetricSummary>>
  readonly outOfMemory: OutOfMemorySummary
}

interface Measured {
  readonly id: string
  readonly nearCapacity: boolean
  readonly error: PhaseError
}

/** One entry per row and metric, the worst error first. */
export function measuredOf (comparisons: readonly Comparison[]): Measured[] {
  const all = comparisons.flatMap(({ row, phases, nearCapacity = false }) => row.published ? phases.map((error) => ({ id: row.id, nearCapacity, error })) : [])
  return all.sort((a, b) => Math.abs(b.error.error) - Math.abs(a.error.error))
}

/** Null when no published row was read. */
export function summarizePublished (comparisons: readonly Comparison[], inexpressible: readonly Inexpressible[]): PublishedSummary | null {
  const measured = measuredOf(comparisons)
  const died = inexpressible.flatMap((row) => row.outOfMemory?.capacity ? [{ ...row.outOfMemory, capacity: row.outOfMemory.capacity }] : [])
  if (measured.length === 0 && died.length === 0) return null
  const metrics: [string, readonly Measured[]][] = []
  for (const metric of METRICS) {
    const members = measured.filter(({ error }) => error.phase === metric)
    if (members.length === 0) continue
    metrics.push([metric, members])
    // What is allocated does not depend on how much room there is.
    const roomy = members.filter((m) => !m.nearCapacity)
    if (metric !== 'allocated' && roomy.length < members.length) metrics.push([`${metric}, not near capacity`, roomy])
  }
  return {
    metrics: Object.fromEntries(metrics.map(([name, members]) => [name, summarizeMetric(members.map((m) => m.error))])),
    outOfMemory: {
      count: died.length,
      expectedAbove: died.filter((row) => row.expected > row.capacity).length,
      highAbove: died.filter((row) => row.high > row.capacity).length
    }
  }
}

function summarizeMetric (errors: readonly PhaseError[]): MetricSummary {
  const uncertain = errors.flatMap(({ truth, interval }) => interval ? [{ truth, ...interval }] : [])
  return {
    ...summarize(errors.map((e) => e.error)),
    below: errors.filter((e) => e.error < 0).length,
    intervals: uncertain.length,
    held: uncertain.filter(({ truth, low, high }) => low <= truth && truth <= high).length,
    above: uncertain.filter(({ truth, high }) => truth > high).length
  }
}

export function printPublished ({ metrics, outOfMemory }: PublishedSummary, measured: readonly Measured[]): string[] {
  const lines = ['PUBLISHED MEASUREMENTS: count, median, p95, max of |error|, mean signed error; below the truth; interval holds the truth']
  for (const [name, m] of Object.entries(metrics)) {
    const held = m.intervals > 0 ? `${m.held} of ${m.intervals}, truth above ${m.above}` : 'no interval'
    lines.push(`  ${name.padEnd(32)} ${String(m.count).padStart(4)} ${percent(m.median).padStart(9)} ${percent(m.p95).padStart(9)} ${percent(m.max).padStart(9)} ${signed(m.meanSigned).padStart(10)}  ${String(m.below).padStart(4)}  ${held}`)
  }
  const { count, expectedAbove, highAbove } = outOfMemory
  if (count > 0) lines.push(`  ran out of memory: ${count} runs; the expected total is above the card in ${expectedAbove}, the upper end in ${highAbove}`)
  if (measured.length > 0) lines.push('', 'PUBLISHED ROWS, worst first: metric, predicted, low … high, measured, error')
  for (const { id, nearCapacity, error: { phase, predicted, truth, error, interval } } of measured) {
    const range = interval ? `${bytesText(interval.low)} … ${bytesText(interval.high)}` : ''
    const place = interval && truth > interval.high ? 'above the interval' : interval && truth < interval.low ? 'below the interval' : ''
    const remarks = [place, nearCapacity ? 'near capacity' : ''].filter((r) => r !== '').join(', ')
    lines.push(`  ${id.padEnd(44)} ${phase.padEnd(10)} ${bytesText(predicted).padStart(11)} ${range.padStart(25)} ${bytesText(truth).padStart(11)} ${signed(error).padStart(10)}  ${remarks}`.trimEnd())
  }
  return lines
}
