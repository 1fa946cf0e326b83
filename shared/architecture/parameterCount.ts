import type { Architecture } from './architecture.ts'
import { decoder, idle, isIncomplete } from './count/decoder.ts'
import { encoder } from './count/encoder.ts'
import { encoderDecoder } from './count/encoderDecoder.ts'
import { sumOfParts, type ParameterParts } from './count/parts.ts'

export type { ParameterParts } from './count/parts.ts'

export interface ParameterCount {
  readonly total: number
  /** What one token passes through: the total less the experts not chosen. Embeddings count, so small models show more than vendors say. */
  readonly active: number
  readonly parts: ParameterParts
}

/**
 * Exact number of parameters that Hugging Face transformers creates for this architecture: no multi-token prediction, no
 * buffers, no quantization scales. Null when a size it needs is not known.
 */
export function parameterCount (a: Architecture): ParameterCount | null {
  if (a.architecture === 'decoder' && isIncomplete(a)) return null
  const parts = countParts(a)
  const total = sumOfParts(parts)
  return { total, active: a.architecture === 'decoder' ? total - idle(a) : total, parts }
}

function countParts (a: Architecture): ParameterParts {
  switch (a.architecture) {
    case 'decoder': return decoder(a)
    case 'encoder': return encoder(a)
    case 'encoder-decoder': return encoderDecoder(a)
  }
}
