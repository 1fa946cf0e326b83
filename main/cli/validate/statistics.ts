/** Summary of signed relative errors: of their sizes the median, 95th percentile and maximum; of their signs the mean. */
export interface ErrorSummary {
  readonly count: number
  readonly median: number
  readonly p95: number
  readonly max: number
  readonly meanSigned: number
}

export function summarize (errors: readonly number[]): ErrorSummary {
  const sizes = errors.map(Math.abs).sort((a, b) => a - b)
  return {
    count: sizes.length,
    median: quantile(sizes, 0.5),
    p95: quantile(sizes, 0.95),
    max: sizes.at(-1) ?? 0,
    meanSigned: errors.length > 0 ? errors.reduce((sum, e) => sum + e, 0) / errors.length : 0
  }
}

/** Nearest rank on a sorted list; 0 for an empty one. */
function quantile (sorted: readonly number[], q: number): number {
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? 0
}
