import { expect, it } from 'vitest'
import { models } from './models.ts'

it('every sequence of layers has as many layers of each group as the group counts', () => {
  const sequenced = models.filter(({ architecture }) => architecture.layerSequence)
  expect(sequenced.length).toBeGreaterThan(15)
  for (const { id, architecture: { layerGroups, layerSequence } } of sequenced) {
    const counts = layerGroups!.map((_, group) => layerSequence!.filter((index) => index === group).length)
    expect([id, counts]).toEqual([id, layerGroups!.map((group) => group.count)])
  }
})
