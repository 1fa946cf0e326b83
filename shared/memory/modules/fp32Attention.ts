import { Scope, type Storage, type Tensor } from '../tape/index.ts'
import { batched, narrow, type AttentionGeometry } from './attention.ts'
import { addConstant, cast, dropout, matmul, scale, softmax } from './elementwise.ts'
import { maskScores } from './masking.ts'

interface Fp32Options {
  /** The scores are divided by a number. */
  readonly scaled: boolean
  /** A boolean buffer that masks the scores before the additive mask does. */
  readonly window: Storage | null
  /** Bytes of an element of the additive mask. */
  readonly maskSize: number
}

/**
 * GPTJAttention._attn and GPTNeoSelfAttention._attn: q and k in fp32, which the frame holds until it returns, softmax in the
 * scores' type (fp32 under autocast), probabilities in the type of v. Both results belong to `caller`.
 */
export function attendInFp32 (caller: Scope, q: Tensor, k: Tensor, v: Tensor, at: AttentionGeometry, options: Fp32Options): { mixed: Tensor, probabilities: Tensor } {
  const scope = new Scope(caller.tape)
  const query = cast(scope, q, 4, 'q in fp32')
  const key = cast(scope, k, 4, 'k in fp32')
  let scores = scoresOf(scope, query, key, at)
  const rebind = (next: Tensor): void => {
    if (next !== scores) scope.drop(scores)
    scores = next
  }
  if (options.scaled) rebind(scale(scope, scores))
  if (options.window) rebind(maskScores(scope, scores, options.window))
  rebind(addConstant(scope, scores, Math.max(scores.elementSize, options.maskSize), 'masked scores'))
  const wide = cast(scope, scores, 4, 'scores in fp32')
  const probabilities32 = softmax(scope, wide, 4)
  if (wide !== scores) scope.drop(wide)
  rebind(probabilities32)
  rebind(cast(scope, scores, v.elementSize, 'probabilities'))
  if (at.dropout) rebind(dropout(scope, scores))
  const mixed = mix(scope, scores, v, at)
  const handed = { mixed: scope.hand(mixed, caller), probabilities: scope.hand(scores, caller) }
  scope.close()
  return handed
}

/** q · kᵀ as torch.matmul makes it, under autocast in its type. */
export function scoresOf (caller: Scope, q: Tensor, k: Tensor, at: AttentionGeometry): Tensor {
  const scope = new Scope(caller.tape)
  const key = narrow(scope, k)
  const query = narrow(scope, q)
  const left = batched(scope, query, at, false)
  const right = batched(scope, key, at, at.keys !== undefined)
  return scope.return(matmul(scope, left, right, at.scores, 'scores'), caller)
}

/** probabilities · v as torch.matmul makes it. */
export function mix (caller: Scope, probabilities: Tensor, v: Tensor, at: AttentionGeometry): Tensor {
  const scope = new Scope(caller.tape)
  const value = narrow(scope, v)
  const weights = narrow(scope, probabilities)
  const values = batched(scope, value, at, at.keys !== undefined)
  return scope.return(matmul(scope, weights, values, at.query, 'weighted values'), caller)
}
