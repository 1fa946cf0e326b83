import { describe, expect, it } from 'vitest'
import { internTiles } from './internvl.ts'

describe('the tiles of InternVL', () => {
  it.each([
    [448, 448, 1],
    [448, 896, 3],
    [896, 448, 3],
    [896, 896, 5],
    [1344, 1792, 13],
    [64, 640, 11]
  ])('%i × %i pixels: %i with the whole image', (height, width, tiles) => {
    expect(internTiles(448, { perSample: 1, height, width })).toBe(tiles)
  })
})
