import { hasAdapters, type Method } from '../../plan/index.ts'
import { ELEMENT_SIZE } from '../resolve.ts'
import { dimension, shape, type Shape } from '../tape/index.ts'
import type { ModelBuilder } from './builder.ts'
import { DoraLayer } from './dora.ts'
import { LoraLayer } from './lora.ts'
import type { AdapterLayer } from './projection.ts'

/** The adapter that a method puts on one linear layer of [out, in]. */
export function makeAdapter (builder: ModelBuilder, method: Method, name: string, weight: Shape): AdapterLayer | null {
  if (!hasAdapters(method)) return null
  const { batch, sequence } = builder.run
  const [out, into] = weight.dimensions
  const rank = dimension('r', method.rank)
  const size = ELEMENT_SIZE[method.adapterType]
  const parts = {
    a: builder.parameter(name, 'lora_A', shape(rank, into!), size, true, 'adapters'),
    b: builder.parameter(name, 'lora_B', shape(out!, rank), size, true, 'adapters'),
    inner: shape(batch, sequence, rank),
    dropout: method.dropout,
    quantized: method.kind === 'qlora'
  }
  if (!method.dora) return new LoraLayer(parts)
  return new DoraLayer({ ...parts, magnitude: builder.parameter(name, 'lora_magnitude_vector', shape(out!), size, true, 'adapters'), weight })
}
