import { describe, expect, test } from 'vitest'
import { estimate } from '#shared/memory/index.ts'
import { EXAMPLES } from './examples.ts'
import { predictionOf } from './prediction.ts'
import { thinned } from './recording.ts'

describe('thinning', () => {
  const points = Array.from({ length: 10_000 }, (_, i) => ({ seconds: i, usedBytes: i === 4321 ? 1_000_000 : i % 97 }))

  test('keeps the highest of all, the order, and the wanted number', () => {
    const kept = thinned(points, 4000, 4000)
    expect(kept).toHaveLength(4000)
    expect(kept).toContainEqual({ seconds: 4321, usedBytes: 1_000_000 })
    expect(kept.every((point, i) => i === 0 || point.seconds > kept[i - 1]!.seconds)).toBe(true)
  })

  test('leaves few points alone', () => {
    expect(thinned(points.slice(0, 4000), 4000, 4000)).toHaveLength(4000)
    expect(thinned([], 10, 5)).toEqual([])
  })
})

test('the levels of a prediction rise to the expected total', () => {
  for (const plan of Object.values(EXAMPLES)) {
    const result = estimate(plan)
    if (!result.ok) throw new Error('the example has no estimate')
    const { levels, total } = predictionOf(result.value)
    expect(levels[0]?.phase).toBe('load')
    expect(levels.every(({ bytes }, i) => i === 0 || bytes > levels[i - 1]!.bytes)).toBe(true)
    expect(levels.at(-1)?.bytes).toBe(total.expected)
  }
})
