import { dimension, shape, type Tape } from '../../tape/index.ts'

/** Packed codes of a weight, in bytes. */
export const codes = (tape: Tape, symbol: string, size: number, role: string): void => {
  tape.allocate(shape(dimension(symbol, Math.ceil(size))), 1, role, 'weights')
}

/** Scales, zero points, code books: what turns codes into weights. */
export const state = (tape: Tape, symbol: string, size: number, elementSize: number, role: string): void => {
  tape.allocate(shape(dimension(symbol, Math.ceil(size))), elementSize, role, 'quantization-state')
}
