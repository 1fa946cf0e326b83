import { gradient, multiply, anyNeedsGrad, needsGrad, output } from '../modules/elementwise.ts'
import { sumRows } from '../modules/indexing.ts'
import { concatenate, split } from '../modules/views.ts'
import { dimension, edgeOf, GradNode, Scope, shape, type Shape, type Storage, type Tape, type Tensor } from '../tape/index.ts'
import { logSoftmax } from '../modules/crossEntropy.ts'

/* Log-probabilities of given tokens, and entropies, as TRL computes them (trl/trainer/utils.py). */

/** torch.gather along the vocabulary: keeps its input and the index; backward adds into zeros of the input's extent, in place. */
function gather (scope: Scope, x: Tensor, index: Storage, extent: Shape, role: string): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, x) ? new GradNode(tape, [edgeOf(x)], [x.storage, index], () => [gradient(tape, x.shape, x.elementSize)]) : null
  return output(scope, extent, x.elementSize, role, node)
}

/**
 * torch.logsumexp: inside the kernel a copy of the input, `(self - amax).exp_()`; keeps its input. Backward
 * `grad * (self - result).exp()` (FunctionsManual.cpp logsumexp_backward): both temporaries live until the product is made.
 */
function logSumExp (scope: Scope, x: Tensor, extent: Shape): Tensor {
  const { tape } = scope
  const result = output(scope, extent, x.elementSize, 'logsumexp')
  tape.transient([x.shape, x.elementSize, 'exponentials'])
  if (needsGrad(tape, x)) {
    result.requiresGrad = true
    result.node = new GradNode(tape, [edgeOf(x)], [x.storage, result.storage], () => {
      const difference = gradient(tape, x.shape, x.elementSize)
      const exponential = gradient(tape, x.shape, x.elementSize)
      const product = gradient(tape, x.shape, x.elementSize)
      tape.release(difference)
      tape.release(exponential)
      return [product]
    })
  }
  return result
}

/** The same of numbers that nothing is trained by: only the copy inside the kernel counts. */
export const logSumExpWithoutGradient = (tape: Tape, extent: Shape, elementSize: number): void => tape.transient([extent, elementSize, 'exponentials'])

/** torch.stack of equal parts; backward hands out views. */
function stack (scope: Scope, parts: readonly Tensor[], extent: Shape, role: string): Tensor {
  const { tape } = scope
  const node = anyNeedsGrad(tape, parts) ? new GradNode(tape, parts.map(edgeOf), [], (g) => parts.map((part) => part.requiresGrad ? tape.retain(g) : null)) : null
  return output(scope, extent, parts[0]!.elementSize, role, node)
}

/**
 * selective_log_softmax: of logits [n, t, V] the log-probability of one token per position [n, t]. Row by row: with fp32 logits a
 * logsumexp whose input is kept (the logits themselves); with 16-bit logits a log_softmax whose output is kept.
 */
export function selectiveLogSoftmax (caller: Scope, logits: Tensor, index: Storage): Tensor {
  const { tape } = caller
  tape.module = 'selective_log_softmax'
  const [rows, positions, vocabulary] = logits.shape.dimensions
  const [tokens, row, rowTokens] = [shape(rows!, positions!), shape(positions!, vocabulary!), shape(positions!)]
  const scope = new Scope(tape)
  if (logits.elementSize === 4) {
    const selected = gather(scope, logits, index, tokens, 'selected logits')
    const sums = split(scope, logits, Array.from({ length: rows!.size }, () => row)).map((part) => logSumExp(scope, part, rowTokens))
    const stacked = stack(scope, sums, tokens, 'logsumexp')
    scope.drop(...sums)
    return scope.return(subtract(scope, selected, stacked, 'log-probabilities of the tokens'), caller)
  }
  let before: Tensor | null = null
  const chosen = split(scope, logits, Array.from({ length: rows!.size }, () => row)).map((part) => {
    const all = logSoftmax(scope, part)
    if (before) scope.drop(before)
    before = all
    return gather(scope, all, index, rowTokens, 'log-probabilities of the tokens')
  })
  return scope.return(stack(scope, chosen, tokens, 'log-probabilities of the tokens'), caller)
}

/** a − b of the same extent: backward hands the gradient to a and a negated copy to b. */
export function subtract (scope: Scope, a: Tensor, b: Tensor, role: string): Tensor {
  const { tape } = scope
  const edges = [edgeOf(a), edgeOf(b)]
  const node = needsGrad(tape, a, b) ? new GradNode(tape, edges, [], (g) => [edges[0] ? tape.retain(g) : null, edges[1] ? gradient(tape, b.shape, b.elementSize) : null]) : null
  return output(scope, a.shape, Math.max(a.elementSize, b.elementSize), role, node)
}

const ENTROPY_ROWS = 128

/**
 * entropy_from_logits without a gradient: logits [n, t, V] flattened (a copy where the rows are not contiguous), then 128 rows at a
 * time: log-probabilities, probabilities and their product, with the log-probabilities of the chunk before still bound. Returns [n, t].
 */
export function entropyFromLogits (caller: Scope, logits: Tensor, isContiguous: boolean): Tensor {
  const { tape } = caller
  const { gradEnabled } = tape
  tape.module = 'entropy_from_logits'
  tape.gradEnabled = false
  const [rows, positions, vocabulary] = logits.shape.dimensions
  const size = logits.elementSize
  const count = rows!.size * positions!.size
  const flatShape = shape(dimension('n·t', count), vocabulary!)
  const scope = new Scope(tape)
  const flat = isContiguous ? scope.alias(logits) : output(scope, flatShape, size, 'flat logits')
  const parts: Tensor[] = []
  let before: Tensor | null = null
  for (let start = 0; start < count; start += ENTROPY_ROWS) {
    const chunk = shape(dimension('chunk', Math.min(ENTROPY_ROWS, count - start)), vocabulary!)
    const logProbabilities = output(scope, chunk, size, 'log-probabilities')
    if (before) scope.drop(before)
    before = logProbabilities
    tape.transient([chunk, size, 'probabilities'], [chunk, size, 'product'])
    parts.push(output(scope, shape(chunk.dimensions[0]!), size, 'entropy per token'))
  }
  scope.drop(flat)
  const entropies = output(scope, shape(rows!, positions!), size, 'entropy per token')
  tape.gradEnabled = gradEnabled
  return scope.return(entropies, caller)
}

/** The same with a gradient: of every chunk log-probabilities (twice over, once as the output of log_softmax) and probabilities are kept. */
export function entropyWithGradient (caller: Scope, logits: Tensor): Tensor {
  const { tape } = caller
  tape.module = 'entropy_from_logits'
  const [rows, positions, vocabulary] = logits.shape.dimensions
  const count = rows!.size * positions!.size
  const scope = new Scope(tape)
  const chunks = Array.from({ length: Math.ceil(count / ENTROPY_ROWS) }, (_, i) => shape(dimension('chunk', Math.min(ENTROPY_ROWS, count - i * ENTROPY_ROWS)), vocabulary!))
  let before: Tensor | null = null
  const parts = split(scope, logits, chunks).map((chunk) => {
    const logProbabilities = logSoftmax(scope, chunk)
    if (before) scope.drop(before)
    before = logProbabilities
    const probabilities = exponential(scope, logProbabilities)
    const product = multiply(scope, probabilities, logProbabilities, 'product')
    scope.drop(probabilities)
    const sum = sumRows(scope, product, shape(chunk.shape.dimensions[0]!), 'entropy per token')
    scope.drop(product)
    return sum
  })
  return scope.return(concatenate(scope, parts, shape(rows!, positions!), 'entropy per token'), caller)
}

/** torch.exp: keeps its output. */
function exponential (scope: Scope, x: Tensor): Tensor {
  const { tape } = scope
  const result = output(scope, x.shape, x.elementSize, 'probabilities')
  if (needsGrad(tape, x)) {
    result.requiresGrad = true
    result.node = new GradNode(tape, [edgeOf(x)], [result.storage], () => [gradient(tape, x.shape, x.elementSize)])
  }
  return result
}

/** log_softmax of all logits, of which one per position is gathered: [n, t, V] to [n, t]. */
export function fullLogSoftmax (caller: Scope, logits: Tensor, index: Storage): Tensor {
  const { tape } = caller
  tape.module = 'log_softmax'
  const scope = new Scope(tape)
  const all = logSoftmax(scope, logits)
  return scope.return(gather(scope, all, index, shape(...logits.shape.dimensions.slice(0, -1)), 'log-probabilities of the tokens'), caller)
}

/** flash-attn's cross entropy (ops/triton/cross_entropy.py): keeps the logits; its gradient is made beside them or in their place. */
export function fusedLogProbabilities (scope: Scope, logits: Tensor, inPlace: boolean): Tensor {
  const { tape } = scope
  tape.module = 'fused cross entropy'
  const node = needsGrad(tape, logits)
    ? new GradNode(tape, [edgeOf(logits)], [logits.storage], (_, [kept]) => [inPlace ? tape.retain(kept!) : gradient(tape, logits.shape, logits.elementSize)])
    : null
  return output(scope, shape(...logits.shape.dimensions.slice(0, -1)), 4, 'log-probabilities of the tokens', node)
}
