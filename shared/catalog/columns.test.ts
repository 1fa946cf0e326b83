import { describe, expect, test } from 'vitest'
import { toColumns, toRows, type Json } from './columns.ts'
import gpus from './data/gpus.json' with { type: 'json' }
import models from './data/models.json' with { type: 'json' }

describe.each([['the models', models], ['the GPUs', gpus]])('%s', (_, list) => {
  const rows = list as unknown as Record<string, Json>[]

  test('are the same by columns and back, through JSON', () => {
    expect(toRows(JSON.parse(JSON.stringify(toColumns(rows))) as ReturnType<typeof toColumns>)).toEqual(rows)
  })
  test('take less room', () => {
    expect(JSON.stringify(toColumns(rows)).length).toBeLessThan(0.6 * JSON.stringify(rows).length)
  })
})

test('a key that some rows lack, and one that holds null', () => {
  const rows = [{ a: 1 }, { a: null, b: { c: [1] } }, { b: { c: [], d: 'x' } }]
  expect(toRows(toColumns(rows))).toEqual(rows)
})
