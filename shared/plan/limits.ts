import * as v from 'valibot'

export const whole = (min: number, max: number) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max))

/** A share of something. */
export const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1))

/** Hard limits. A form may suggest narrower ones; beyond these a value cannot be meant. */
export const LIMITS = {
  sequenceLength: { min: 1, max: 16_777_216 },
  microBatch: { min: 1, max: 65_536 },
  gradientAccumulation: { min: 1, max: 65_536 },
  checkpointEvery: { min: 1, max: 4096 },
  padToMultipleOf: { min: 1, max: 65_536 },
  workers: { min: 0, max: 1024 },
  imagesPerSample: { min: 1, max: 1024 },
  imageSide: { min: 14, max: 16_384 },
  rank: { min: 1, max: 16_384 },
  blockSize: { min: 2, max: 4096 },
  virtualTokens: { min: 1, max: 65_536 },
  encoderHiddenSize: { min: 1, max: 1_048_576 },
  groupSize: { min: 8, max: 65_536 },
  trainableLayers: { min: 1, max: 4096 },
  groupCompletions: { min: 1, max: 4096 },
  generationBatch: { min: 1, max: 1_048_576 },
  epochs: { min: 1, max: 1024 }
} as const

export const range = (field: keyof typeof LIMITS) => whole(LIMITS[field].min, LIMITS[field].max)
