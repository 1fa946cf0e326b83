import { hasAdapters, hasTargets, type Method } from '../../plan/index.ts'
import { ELEMENT_SIZE } from '../floatType.ts'
import type { Dimension } from '../result.ts'
import { dimension, shape, type Shape } from '../tape/index.ts'
import { Ia3BnbLayer, Ia3Layer } from './adapters/ia3.ts'
import { LoraEmbedding, type TableAdapter } from './adapters/loraEmbedding.ts'
import { OftLayer, oftBlocks } from './adapters/oft.ts'
import { VeraLayer, type SharedMatrices } from './adapters/vera.ts'
import type { ModelBuilder } from './builder.ts'
import { DoraLayer } from './dora.ts'
import { LoraLayer } from './lora.ts'
import type { AdapterLayer } from './projection.ts'
import { PLAIN, type Ia3Habit, type LoraHabit, type WeightFormat } from './quantization/index.ts'

type Of<K extends Method['kind']> = Extract<Method, { kind: K }>

/** The adapter that a method puts on one linear layer of [out, in]; `matrices`: what VeRA's layers share; `format`: of its quantized weight. */
export function makeAdapter (
  builder: ModelBuilder, method: Method, name: string, weight: Shape, matrices: SharedMatrices | null = null, format?: WeightFormat
): AdapterLayer | null {
  if (!hasTargets(method)) return null
  if (hasAdapters(method)) return lora(builder, method, name, weight, format?.lora ?? PLAIN)
  switch (method.kind) {
    case 'vera': return vera(builder, method, name, weight, matrices!, format?.lora ?? PLAIN)
    case 'ia3': return ia3(builder, method, name, weight, format?.ia3 ?? null)
    case 'oft': return oft(builder, method, name, weight)
  }
}

/** LoRA on the embedding table: matrices of [r, V] and [h, r]. */
export function loraEmbedding (builder: ModelBuilder, method: Of<'lora' | 'qlora'>): TableAdapter {
  const { batch, vocabulary, hiddenSize, ids } = builder.run
  const rank = rankOf(method, 'embed_tokens')
  const size = ELEMENT_SIZE[method.adapterType]
  const a = builder.parameter('embed_tokens', 'lora_embedding_A', shape(rank, vocabulary), size, true, 'adapters')
  const b = builder.parameter('embed_tokens', 'lora_embedding_B', shape(hiddenSize, rank), size, true, 'adapters')
  return new LoraEmbedding(a, b, shape(batch, ids.dimensions[1]!, rank))
}

const rankOf = (method: Of<'lora' | 'qlora'>, name: string): Dimension => dimension('r', method.rankPattern?.[name] ?? method.rank)

function lora (builder: ModelBuilder, method: Of<'lora' | 'qlora'>, name: string, weight: Shape, habit: LoraHabit): AdapterLayer {
  const { rows } = builder
  const [out, into] = weight.dimensions
  const rank = rankOf(method, name)
  const size = ELEMENT_SIZE[method.adapterType]
  const parts = {
    a: builder.parameter(name, 'lora_A', shape(rank, into!), size, true, 'adapters'),
    b: builder.parameter(name, 'lora_B', shape(out!, rank), size, true, 'adapters'),
    inner: shape(...rows, rank),
    dropout: method.dropout,
    habit
  }
  if (!method.dora) return new LoraLayer(parts)
  return new DoraLayer({ ...parts, magnitude: builder.parameter(name, 'lora_magnitude_vector', shape(out!), size, true, 'adapters'), weight })
}

function vera (builder: ModelBuilder, method: Of<'vera'>, name: string, weight: Shape, matrices: SharedMatrices, habit: LoraHabit): AdapterLayer {
  const { rows } = builder
  const [out] = weight.dimensions
  const rank = dimension('r', method.rank)
  const size = ELEMENT_SIZE[method.adapterType]
  const lambdaB = builder.parameter(name, 'vera_lambda_b', shape(out!), size, true, 'adapters')
  const lambdaD = builder.parameter(name, 'vera_lambda_d', shape(rank), size, true, 'adapters')
  return new VeraLayer(matrices, weight, lambdaD, lambdaB, shape(...rows, rank), method.dropout, habit)
}

function ia3 (builder: ModelBuilder, method: Of<'ia3'>, name: string, weight: Shape, habit: Ia3Habit | null): AdapterLayer {
  const [out, into] = weight.dimensions
  const scalesInput = method.feedForward.includes(name)
  const vector = builder.parameter(name, 'ia3_l', shape(scalesInput ? into! : out!), ELEMENT_SIZE[method.adapterType], true, 'adapters')
  return habit ? new Ia3BnbLayer(vector, scalesInput, habit) : new Ia3Layer(vector, scalesInput)
}

function oft (builder: ModelBuilder, method: Of<'oft'>, name: string, weight: Shape): AdapterLayer {
  const blocks = oftBlocks(weight.dimensions[1]!.size, method.blockSize)
  const vector = builder.parameter(name, 'oft_R', blocks.vectors, ELEMENT_SIZE[method.adapterType], true, 'adapters')
  for (const role of ['rows of the upper triangle', 'columns of the upper triangle']) builder.buffer(name, blocks.index, 8, role)
  return new OftLayer(vector, blocks)
}
