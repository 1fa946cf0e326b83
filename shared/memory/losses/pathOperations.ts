import { cast } from '../modules/elementwise.ts'
import { slice } from '../modules/views.ts'
import { allButLast } from '../modules/crossEntropy.ts'
import type { Scope, Storage, Tensor } from '../tape/index.ts'
import type { LogProbabilityPath } from './frameworkPaths.ts'
import { fullLogSoftmax, fusedLogProbabilities, selectiveLogSoftmax } from './logProbabilities.ts'

/** Logits in the type that the path works in. Consumes the handle where it copies. */
export function widened (scope: Scope, logits: Tensor, { widens }: LogProbabilityPath): Tensor {
  scope.tape.category = 'logits-and-loss'
  if (!widens || logits.elementSize === 4) return logits
  const wide = cast(scope, logits, 4, 'logits in fp32')
  scope.drop(logits)
  return wide
}

/** The log-probability of each token under the logits before it, by a framework's path. */
export function logProbabilitiesBy (scope: Scope, logits: Tensor, ids: Storage, { method }: LogProbabilityPath): Tensor {
  scope.tape.category = 'logits-and-loss'
  switch (method) {
    case 'selective': return selectiveLogSoftmax(scope, slice(scope, logits, allButLast(logits.shape)), ids)
    case 'log-softmax': return fullLogSoftmax(scope, slice(scope, logits, allButLast(logits.shape)), ids)
    case 'fused': return fusedLogProbabilities(scope, logits, false)
    case 'fused-in-place': return fusedLogProbabilities(scope, logits, true)
  }
}
