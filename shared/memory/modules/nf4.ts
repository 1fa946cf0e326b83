import { dimension, shape, type Shape, type Tape } from '../tape/index.ts'

/** bitsandbytes functional.py quantize_4bit: 64 values share one absmax; with double quantization 256 absmax share one fp32. */
const BLOCK = 64
const SECOND_BLOCK = 256

export interface FourBit {
  readonly type: 'nf4' | 'fp4'
  readonly doubleQuantization: boolean
}

/** The tensors of one 4-bit weight: two values a byte, absmax per block (uint8 under double quantization) and the code books. */
export function packedWeight (tape: Tape, weight: Shape, { type, doubleQuantization }: FourBit): void {
  const bytes = dimension('⌈N·K/2⌉', Math.ceil(weight.elements / 2))
  const blocks = Math.ceil(weight.elements / BLOCK)
  const state = (symbol: string, size: number, elementSize: number, role: string): void => {
    tape.allocate(shape(dimension(symbol, size)), elementSize, role, 'quantization-state')
  }
  tape.allocate(shape(bytes), 1, `${type} weight`, 'weights')
  if (doubleQuantization) {
    state('⌈N·K/64⌉', blocks, 1, 'absmax, quantized')
    state('⌈N·K/64/256⌉', Math.ceil(blocks / SECOND_BLOCK), 4, 'absmax of absmax')
    state('256', 256, 4, 'second code book')
    state('1', 1, 4, 'absmax offset')
  } else {
    state('⌈N·K/64⌉', blocks, 4, 'absmax')
  }
  state('16', 16, 4, 'code book')
}
