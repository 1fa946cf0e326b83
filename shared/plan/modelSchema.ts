import * as v from 'valibot'
import { whole } from './limits.ts'

/* How a plan names a model. */

/** A Llama-like decoder typed in, in Hugging Face terms. */
export const CustomArchitectureSchema = v.strictObject({
  name: v.optional(v.pipe(v.string(), v.maxLength(200)), 'custom'),
  hiddenSize: whole(1, 1_048_576),
  intermediateSize: whole(1, 4_194_304),
  layers: whole(1, 4096),
  heads: whole(1, 4096),
  kvHeads: whole(1, 4096),
  headDim: whole(1, 4096),
  vocabSize: whole(1, 16_777_216),
  tiedEmbeddings: v.boolean(),
  attentionBias: v.optional(v.picklist(['none', 'qkv', 'all']), 'none'),
  qkNorm: v.optional(v.nullable(v.picklist(['head'])), null)
})
/** A model from the catalog by id, a Hugging Face config.json as it is, or an architecture typed in. */
export const ModelSchema = v.union([
  v.strictObject({ id: v.pipe(v.string(), v.nonEmpty(), v.maxLength(300)) }),
  v.strictObject({ config: v.record(v.pipe(v.string(), v.maxLength(200)), v.unknown()), name: v.optional(v.pipe(v.string(), v.maxLength(200)), 'config.json') }),
  v.strictObject({ architecture: CustomArchitectureSchema })
])

export type CustomArchitecture = v.InferOutput<typeof CustomArchitectureSchema>
export type ModelReference = v.InferOutput<typeof ModelSchema>
