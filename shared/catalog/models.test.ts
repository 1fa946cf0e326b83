import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { parameterCount } from '../architecture/index.ts'
import computed from './fixtures/computedParameters.json' with { type: 'json' }
import { CatalogModelSchema, ModelRecordSchema } from './fixtures/schema.ts'
import type { CatalogModel, ModelRecord } from './model.ts'
import { modelRecords } from './modelRecords.ts'
import { models } from './models.ts'

describe('the model data', () => {
  test('has 426 entries of the declared shape', () => {
    const parsed: readonly CatalogModel[] = v.parse(v.array(CatalogModelSchema), models)
    expect(parsed).toHaveLength(426)
  })

  test('names every model once: no id or alias is used twice', () => {
    const names = models.flatMap(({ id, aliases }) => [id, ...aliases]).map((name) => name.toLowerCase())
    expect(names).toHaveLength(426 + 594)
    expect(new Set(names).size).toBe(names.length)
  })

  test('has layer groups that add up to the layers', () => {
    const grouped = models.filter(({ architecture }) => architecture.layerGroups)
    expect(grouped).toHaveLength(59)
    for (const { id, architecture } of grouped) {
      expect(architecture.layerGroups!.reduce((sum, { count }) => sum + count, 0), id).toBe(architecture.layers)
    }
  })

  test('says for every model where its sizes come from', () => {
    const parsed: Readonly<Record<string, ModelRecord>> = v.parse(v.record(v.string(), ModelRecordSchema), modelRecords)
    expect(Object.keys(parsed)).toEqual(models.map(({ id }) => id))
  })
})

describe('parameter counts', () => {
  test('equal every published count to the unit: 322 models', () => {
    const published = models.filter(({ id }) => modelRecords[id]!.published)
    const differing = published.filter(({ id, architecture }) => {
      const { includesMtp, extra, parameters } = modelRecords[id]!.published!
      return parameterCount(architecture)!.total + (includesMtp ? architecture.mtp!.parameters : 0) + extra !== parameters
    })
    expect(differing.map(({ id }) => id)).toEqual([])
    expect(published).toHaveLength(322)
  })

  test('equal the 52 recalled counts', () => {
    const recalled = models.filter(({ id }) => modelRecords[id]!.recalledParameters !== undefined)
    expect(recalled).toHaveLength(52)
    for (const { id, architecture } of recalled) expect(parameterCount(architecture)!.total, id).toBe(modelRecords[id]!.recalledParameters)
  })

  test.each(computed)('of $id equal an independent computation, part by part', ({ id, total, active, parts }) => {
    const model = models.find((candidate) => candidate.id === id)!
    const count = parameterCount(model.architecture)
    if (total === null) return expect(count).toBeNull()
    expect(count!.total).toBe(total)
    expect(count!.active).toBe(active ?? total)
    expect(Object.fromEntries(Object.entries(count!.parts).filter(([, n]) => n > 0))).toEqual(parts)
  })

  test('are known of every model', () => {
    expect(models.filter(({ architecture }) => parameterCount(architecture) === null).map(({ id }) => id)).toEqual([])
  })
})
