import type { Architecture } from '../../../architecture/architecture.ts'

/** Sizes of per-layer embeddings: a table of [rows, layers · size] beside the embedding. */
export interface PerLayerSizes {
  readonly size: number
  readonly rows: number
}

/** Gemma 3n and Gemma 4 E models, by the parameters that their tables take; null for a model without. */
export function perLayerSizes ({ hiddenSize: h, layers, extraParameters = [] }: Architecture): PerLayerSizes | null {
  const parametersOf = (what: string): number => extraParameters.find((extra) => extra.what.startsWith(what))?.parameters ?? 0
  const table = parametersOf('per-layer input embeddings')
  if (table === 0) return null
  // The projection has [layers · size, h], its norm [size].
  const size = parametersOf('per_layer_model_projection') / (layers * h + 1)
  return { size, rows: table / (layers * size) }
}

/** Parameters of what no method here trains beside the text model: audio encoders and projections. */
export const besideText = ({ extraParameters = [] }: Architecture): number =>
  extraParameters.reduce((sum, { what, parameters }) => sum + (what.startsWith('audio') ? parameters : 0), 0)
