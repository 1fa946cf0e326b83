import { edgeOf, GradNode, Scope, type Tensor } from '../tape/index.ts'
import { multiply, needsGrad, output, silu } from './elementwise.ts'
import type { Projection } from './projection.ts'

/** Liger SwiGLU (liger_kernel/ops/swiglu.py): keeps gate and up, writes their gradients over them. */
export function fusedSwiglu (scope: Scope, gate: Tensor, up: Tensor): Tensor {
  const { tape } = scope
  const needs = needsGrad(tape, gate, up)
  const result = output(scope, gate.shape, gate.elementSize, 'product')
  if (needs) {
    result.requiresGrad = true
    result.node = new GradNode(tape, [edgeOf(gate), edgeOf(up)], [gate.storage, up.storage], (_, saved) => saved.map((s) => tape.retain(s)))
  }
  return result
}

/** transformers LlamaMLP.forward: down(silu(gate(x)) · up(x)), or Liger's fused product. */
export function gatedMlp (caller: Scope, x: Tensor, gate: Projection, up: Projection, down: Projection, fused: boolean): Tensor {
  const scope = new Scope(caller.tape)
  const { tape } = caller
  const gated = gate.apply(scope, x)
  let product: Tensor
  if (fused) {
    const raised = up.apply(scope, x)
    tape.module = 'swiglu'
    product = fusedSwiglu(scope, gated, raised)
    scope.drop(gated, raised)
  } else {
    tape.module = 'act_fn'
    const activated = silu(scope, gated)
    scope.drop(gated)
    const raised = up.apply(scope, x)
    tape.module = 'act_fn'
    product = multiply(scope, activated, raised)
    scope.drop(activated, raised)
  }
  return scope.return(down.apply(scope, product), caller)
}
