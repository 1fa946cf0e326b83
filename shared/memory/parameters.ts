import { hasBias, LINEAR_LAYERS, linearWidths } from './modules/linearLayers.ts'
import type { ResolvedPlan } from './resolve.ts'

/** Parameters of the base model (without adapters), as the simulated block has them. */
export function countParameters ({ architecture: a }: ResolvedPlan): number {
  const linear = LINEAR_LAYERS.reduce((sum, layer) => {
    const [out, into] = linearWidths(a, layer)
    return sum + out * into + (hasBias(a, layer) ? out : 0)
  }, 0)
  const block = linear + 2 * a.hiddenSize + (a.qkNorm ? 2 * a.headDim : 0)
  return a.layers * block + a.hiddenSize + a.vocabSize * a.hiddenSize * (a.tiedEmbeddings ? 1 : 2)
}
