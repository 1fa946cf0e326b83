import type { Head } from '../modules/families/index.ts'
import { scale, tanh } from '../modules/elementwise.ts'
import { linear } from '../modules/linear.ts'
import type { Run } from '../modules/run.ts'
import type { Scope, Shape, Tensor } from '../tape/index.ts'

/**
 * Logits as the model's own forward makes them: lm_head, then the final soft-cap (transformers models/gemma2/modeling_gemma2.py
 * Gemma2ForCausalLM.forward: divide, tanh, multiply, each rebinding `logits`) or the scaling of the head
 * (models/cohere/modeling_cohere.py, models/granite/modeling_granite.py). The result belongs to `scope`.
 */
export function makeLogits (scope: Scope, hidden: Tensor, head: Head, run: Run, extent: Shape = run.logits): Tensor {
  const { tape } = scope
  tape.module = 'lm_head'
  tape.category = 'logits-and-loss'
  return shapeLogits(scope, linear(scope, hidden, head.weight, extent, head.bias), head)
}

/** What follows the matrix product of the head. Consumes the handle on `logits`. */
export function shapeLogits (scope: Scope, logits: Tensor, head: Head): Tensor {
  let current = logits
  const rebind = (next: Tensor): void => {
    scope.drop(current)
    current = next
  }
  if (head.scaled) rebind(scale(scope, current, 'scaled logits'))
  if (head.softcap) {
    rebind(scale(scope, current, 'logits / cap'))
    rebind(tanh(scope, current))
    rebind(scale(scope, current, 'capped logits'))
  }
  return current
}
