import { edgeOf, GradNode, Scope, type Tensor } from '../tape/index.ts'
import { multiply, needsGrad, output, silu } from './elementwise.ts'

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

/** transformers LlamaMLP.forward: down(silu(gate(x)) · up(x)). The projections are given, so that adapters and quantization fit in. */
export function gatedMlp (caller: Scope, x: Tensor, fused: boolean, project: (scope: Scope, name: 'gate_proj' | 'up_proj' | 'down_proj', x: Tensor) => Tensor): Tensor {
  const scope = new Scope(caller.tape)
  const { tape } = caller
  const gate = project(scope, 'gate_proj', x)
  let product: Tensor
  if (fused) {
    const up = project(scope, 'up_proj', x)
    tape.module = 'swiglu'
    product = fusedSwiglu(scope, gate, up)
    scope.drop(gate, up)
  } else {
    tape.module = 'act_fn'
    const activated = silu(scope, gate)
    scope.drop(gate)
    const up = project(scope, 'up_proj', x)
    tape.module = 'act_fn'
    product = multiply(scope, activated, up)
    scope.drop(activated, up)
  }
  return scope.return(project(scope, 'down_proj', product), caller)
}
