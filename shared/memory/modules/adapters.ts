import type { Method } from '../../plan/index.ts'
import { ELEMENT_SIZE } from '../resolve.ts'
import { dimension, shape, type Shape } from '../tape/index.ts'
import type { ModelBuilder } from './builder.ts'
import { LoraLayer } from './lora.ts'
import type { AdapterLayer } from './projection.ts'

/** The adapter that a method puts on one linear layer of [out, in]. */
export function makeAdapter (builder: ModelBuilder, method: Method, name: string, weight: Shape): AdapterLayer | null {
  if (method.kind === 'full') return null
  const [out, into] = weight.dimensions
  const rank = dimension('r', method.rank)
  const size = ELEMENT_SIZE[method.adapterType]
  return new LoraLayer({
    a: builder.parameter(name, 'lora_A', shape(rank, into!), size, true, 'adapters'),
    b: builder.parameter(name, 'lora_B', shape(out!, rank), size, true, 'adapters'),
    inner: shape(builder.run.batch, builder.run.sequence, rank),
    dropout: method.dropout,
    quantized: method.kind === 'qlora'
  })
}
