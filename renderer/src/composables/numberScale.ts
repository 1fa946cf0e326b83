/** How a number field steps: by doubling or by adding. Ranges are those of the slider; the hard limits bound every step. */
export interface NumberScale {
  readonly kind: 'log2' | 'linear'
  readonly soft: readonly [number, number]
  readonly hard: readonly [number, number]
  /** Of a linear scale. */
  readonly step: number
  readonly whole: boolean
}

const clamp = (value: number, [min, max]: readonly [number, number]) => Math.min(max, Math.max(min, value))
/** Takes the noise off sums of decimal steps: 0.1 + 0.2 is 0.3. */
const tidy = (value: number) => Number(value.toPrecision(12))

/** Slider position of a value, and back. Positions are whole numbers from 0. */
export function toPosition (value: number, scale: NumberScale): number {
  const inside = clamp(value, scale.soft)
  return scale.kind === 'log2' ? Math.log2(inside / scale.soft[0]) : (inside - scale.soft[0]) / scale.step
}

export function fromPosition (position: number, scale: NumberScale): number {
  const value = scale.kind === 'log2' ? scale.soft[0] * 2 ** position : scale.soft[0] + position * scale.step
  return tidy(clamp(value, scale.soft))
}

export const lastPosition = (scale: NumberScale): number => Math.round(toPosition(scale.soft[1], scale))

/**
 * The value `steps` steps away. A log2 scale goes to the next power of two times the low end, so 3 steps up to 4; `fine`
 * adds one instead, for the sizes between.
 */
export function stepFrom (value: number, steps: number, scale: NumberScale, fine = false): number {
  if (fine && scale.kind === 'log2') return clamp(value + Math.sign(steps), scale.hard)
  if (scale.kind === 'linear') return tidy(clamp(value + steps * scale.step * (fine && !scale.whole ? 0.1 : 1), scale.hard))
  const exponent = Math.log2(Math.max(value, scale.hard[0], Number.MIN_VALUE) / scale.soft[0])
  const aligned = steps > 0 ? Math.floor(exponent + 1e-9) : Math.ceil(exponent - 1e-9)
  return clamp(scale.soft[0] * 2 ** (aligned + steps), scale.hard)
}
