import { describe, expect, it } from 'vitest'
import { llama4Tiles } from './llama4.ts'

describe('the tiles of Llama 4', () => {
  it.each([
    [336, 336, 1],
    [200, 300, 1],
    [336, 672, 3],
    [672, 672, 5],
    [400, 900, 7],
    [1000, 1000, 10],
    [5000, 5000, 17]
  ])('%i × %i pixels: %i with the whole image', (height, width, tiles) => {
    expect(llama4Tiles(336, { perSample: 1, height, width })).toBe(tiles)
  })
})
