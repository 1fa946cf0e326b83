/** Median and 95th percentile of a function's run time in milliseconds, after a warm-up, over at least `atLeastMs`. */
export interface Timing {
  readonly median: number
  readonly p95: number
  readonly runs: number
}

export function measure (run: () => void, atLeastMs = 400, warmUpMs = 150): Timing {
  for (const end = performance.now() + warmUpMs; performance.now() < end;) run()
  const times: number[] = []
  for (const end = performance.now() + atLeastMs; performance.now() < end || times.length < 5;) {
    const start = performance.now()
    run()
    times.push(performance.now() - start)
  }
  times.sort((a, b) => a - b)
  return { median: times[times.length >> 1]!, p95: times[Math.floor(times.length * 0.95)]!, runs: times.length }
}
