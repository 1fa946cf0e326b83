import type { Part } from '#shared/memory/index.ts'

/** How a part's bytes come about: `32 × [b 4 · s 2048 · f 14336] × 2 B`. Each buffer is then rounded up to 512 B. */
export function formula ({ count, shape, bytesPerElement }: Part): string {
  const extent = shape.map(({ symbol, size }) => symbol ? `${symbol} ${size}` : String(size)).join(' · ')
  const element = Number.isInteger(bytesPerElement) ? String(bytesPerElement) : String(Number(bytesPerElement.toPrecision(4)))
  const times = count === 1 && extent ? '' : `${count} × `
  return `${times}${extent ? `[${extent}] × ` : ''}${element} B`
}
