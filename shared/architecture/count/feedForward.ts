import type { Architecture, MlpType } from '../architecture.ts'
import type { MixtureOfExperts } from '../mixtureOfExperts.ts'

/** Matrices of an MLP: gate, up and down, or up and down. */
export function mlpMatrices (type: MlpType): 2 | 3 {
  return type === 'swiglu' || type === 'geglu' || type === 'reglu' ? 3 : 2
}

/** Parameters of one layer's dense MLP. */
export function denseMlp (a: Architecture): number {
  const matrices = mlpMatrices(a.mlpType)
  const biases = a.mlpBias ? (matrices - 1) * a.intermediateSize + a.hiddenSize : 0
  return matrices * a.hiddenSize * a.intermediateSize + biases
}

/** Parameters of one layer's experts, router and shared experts. */
export function expertLayer (a: Architecture, m: MixtureOfExperts): number {
  const matrices = mlpMatrices(a.mlpType)
  const latent = m.expertHiddenSize ? 2 * a.hiddenSize * m.expertHiddenSize : 0
  const router = a.hiddenSize * m.experts + (m.routerBias ? m.experts : 0) + (m.routerExtra ?? 0)
  const shared = m.sharedExperts
    ? matrices * a.hiddenSize * (m.sharedExperts.intermediateSize ?? 0) + (m.sharedExperts.gate ? a.hiddenSize : 0)
    : 0
  const denseParallel = matrices * a.hiddenSize * (m.denseParallelIntermediateSize ?? 0)
  return m.experts * expert(a, m) + latent + router + shared + denseParallel
}

/** Parameters of one layer's experts that a token does not pass through. */
export function idleExperts (a: Architecture, m: MixtureOfExperts): number {
  return (m.experts - m.expertsPerToken) * expert(a, m)
}

function expert (a: Architecture, m: MixtureOfExperts): number {
  const matrices = mlpMatrices(a.mlpType)
  const hiddenSize = m.expertHiddenSize ?? a.hiddenSize
  const biases = m.expertBias ? (matrices - 1) * m.intermediateSize + hiddenSize : 0
  return matrices * hiddenSize * m.intermediateSize + biases
}
