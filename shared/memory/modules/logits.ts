import type { Head } from './families/index.ts'
import { cast, passThrough, scale, tanh } from './elementwise.ts'
import { linear } from './linear.ts'
import { Projection } from './projection.ts'
import type { Run } from './run.ts'
import { slice } from './views.ts'
import { dimension, Scope, shape, type Shape, type Tensor } from '../tape/index.ts'

/**
 * Logits as the model's own forward makes them: lm_head, then the final soft-cap (transformers models/gemma2/modeling_gemma2.py
 * Gemma2ForCausalLM.forward: divide, tanh, multiply, each rebinding `logits`) or the scaling of the head
 * (models/cohere/modeling_cohere.py, models/granite/modeling_granite.py). The result belongs to `scope`.
 */
export function makeLogits (scope: Scope, hidden: Tensor, head: Head, run: Run, extent: Shape = run.logits): Tensor {
  const { tape } = scope
  tape.module = 'lm_head'
  tape.category = 'logits-and-loss'
  return shapeLogits(scope, headProduct(scope, hidden, head, extent), head)
}

/** The head's linear layer, with its adapter where LoRA has it as a target. */
function headProduct (scope: Scope, hidden: Tensor, { weight, bias, castsInput }: Head, extent: Shape): Tensor {
  const adapter = weight.headAdapter
  if (castsInput && hidden.elementSize !== weight.elementSize) {
    const narrow = cast(scope, hidden, weight.elementSize, 'hidden states in the weight type')
    const logits = headProduct(scope, narrow, { weight, bias, softcap: false, scaled: false }, extent)
    scope.drop(narrow)
    return logits
  }
  return adapter ? new Projection('lm_head', weight, weight.shape, bias, extent, adapter).apply(scope, hidden) : linear(scope, hidden, weight, extent, bias)
}

/**
 * Logits of the last `runtime.logitsToKeep` positions of every row, or of all. The slice of more than one row is not contiguous:
 * matmul copies it, and backward pads the gradient (`hidden_states[:, slice_indices, :]` in every ForCausalLM.forward).
 */
export function lastLogits (scope: Scope, hidden: Tensor, head: Head, run: Run): Tensor {
  const { tape, batch, sequence, hiddenSize, vocabulary } = run
  const kept = run.plan.runtime.logitsToKeep
  if (!kept || kept >= sequence.size) {
    const all = makeLogits(scope, hidden, head, run)
    if (head.isInner) scope.drop(hidden)
    return all
  }
  tape.module = 'lm_head'
  tape.category = 'logits-and-loss'
  const last = dimension('kept', kept)
  const inner = new Scope(tape)
  const view = slice(inner, hidden, shape(batch, last, hiddenSize))
  // Autocast's cast of wider hidden states makes them contiguous already; for a frozen head matmul does not fold the rows (Linear.cpp should_fold).
  const casts = tape.autocast > 0 && hidden.elementSize > tape.autocast
  const rows = batch.size > 1 && !casts && head.weight.requiresGrad ? passThrough(inner, view, 'last hidden states') : view
  const logits = makeLogits(inner, rows, head, run, shape(batch, last, vocabulary))
  return inner.return(logits, scope)
}

/** What follows the matrix product of the head. Consumes the handle on `logits`. */
export function shapeLogits (scope: Scope, logits: Tensor, head: Head): Tensor {
  let current = logits
  const rebind = (next: Tensor): void => {
    scope.drop(current)
    current = next
  }
  if (head.widensLogits && current.elementSize < 4) rebind(cast(scope, current, 4, 'logits in fp32'))
  if (head.scaled) rebind(scale(scope, current, 'scaled logits'))
  if (head.softcap) {
    rebind(scale(scope, current, 'logits / cap'))
    rebind(tanh(scope, current))
    rebind(scale(scope, current, 'capped logits'))
  }
  return current
}
