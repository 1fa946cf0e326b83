import type { Part } from '#shared/memory/index.ts'
import { formatCount, type Locale } from '#shared/units/index.ts'

const element = ({ bytesPerElement }: Part): string => Number.isInteger(bytesPerElement) ? String(bytesPerElement) : String(Number(bytesPerElement.toPrecision(4)))

/** How a part's bytes come about: `32 × [b 4 · s 2048 · f 14336] × 2 B`. Each buffer is then rounded up to 512 B. */
export function formula (part: Part): string {
  const { count, shape } = part
  const extent = shape.map(({ symbol, size }) => symbol ? `${symbol} ${size}` : String(size)).join(' · ')
  const times = count === 1 && extent ? '' : `${count} × `
  return `${times}${extent ? `[${extent}] × ` : ''}${element(part)} B`
}

/** The same with its result: `32 × (4 × 2,048 × 14,336) × 2 B = 7,516,192,768 B`, before rounding. */
export function calculation (part: Part, locale: Locale): string {
  const { count, shape, bytesPerElement } = part
  const elements = shape.reduce((product, { size }) => product * size, 1)
  const extent = shape.map(({ size }) => formatCount(size, locale)).join(' × ')
  const factors = [...count > 1 ? [formatCount(count, locale)] : [], ...shape.length > 0 ? [shape.length > 1 ? `(${extent})` : extent] : [], `${element(part)} B`]
  return `${factors.join(' × ')} = ${formatCount(count * elements * bytesPerElement, locale)} B`
}

/** Whether the allocator's unit of 512 B added something. */
export const isRounded = ({ count, shape, bytesPerElement, bytes }: Part): boolean =>
  Math.round(count * shape.reduce((product, { size }) => product * size, 1) * bytesPerElement) !== bytes
