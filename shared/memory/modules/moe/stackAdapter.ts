import { edgeOf, GradNode, Tensor, type Scope, type Shape, type Storage, type Tape } from '../../tape/index.ts'
import { gradient, needsGrad, output } from '../elementwise.ts'
import type { Parameter } from '../linear.ts'

/** The two low-rank factors of one stack in the stack's type, as PEFT's proxy holds them while the experts run. */
export interface Factors {
  readonly b: Tensor
  readonly a: Tensor
}

/**
 * LoRA on a stack of expert weights (peft/tuners/lora/layer.py ParamWrapper): while the experts run, the stack is replaced by
 * W + scale · B·A, a tensor as large as W that is made with one baddbmm and kept for the backward pass.
 */
export class StackAdapter {
  private readonly weight: Parameter
  /** [r·E, in] */
  private readonly a: Parameter
  /** [out, r·E] */
  private readonly b: Parameter
  /** [E, r, in] and [E, out, r] */
  private readonly extents: { readonly a: Shape, readonly b: Shape }
  /** Whether alpha / r is not 1, so that gradients of the factors are multiplied by it. */
  private readonly scales: boolean

  constructor (weight: Parameter, a: Parameter, b: Parameter, extents: { readonly a: Shape, readonly b: Shape }, scales: boolean) {
    this.weight = weight
    this.a = a
    this.b = b
    this.extents = extents
    this.scales = scales
  }

  /** Entering the wrapper: the factors in the stack's type; registering the parametrization tries it once. */
  activate (scope: Scope): Factors {
    const b = this.factor(scope, this.b, this.extents.b, true)
    const a = this.factor(scope, this.a, this.extents.a, false)
    const { frame } = scope.tape
    const node = needsGrad(scope.tape, b, a) && frame ? new GradNode(scope.tape, [], [b.storage, a.storage], () => []) : null
    scope.drop(output(scope, this.weight.shape, this.weight.elementSize, 'stack with its adapter, tried'))
    if (node) frame!.abandon(node)
    return { a, b }
  }

  /** The stack with its adapter (_LoraFactorsProxy.forward): frozen, so only the factors get gradients. */
  apply (scope: Scope, { a, b }: Factors): Tensor {
    const { tape } = scope
    const { weight, scales } = this
    const size = weight.elementSize
    const node = needsGrad(tape, b, a)
      ? new GradNode(tape, [edgeOf(b), edgeOf(a)], [b.storage, a.storage], () => [b, a].map((factor) => scaled(tape, factor.shape, size, scales)))
      : null
    return output(scope, weight.shape, size, 'stack with its adapter', node)
  }

  /** reshape, permute for B, `.to(type)`: only the cast makes a tensor; B's gradient is copied into the order of the matrix. */
  private factor (scope: Scope, matrix: Parameter, extent: Shape, permuted: boolean): Tensor {
    const { tape } = scope
    const size = this.weight.elementSize
    const view = viewOf(scope, matrix, extent, permuted)
    if (matrix.elementSize === size) return view
    const node = needsGrad(tape, view) ? new GradNode(tape, [edgeOf(view)], [], () => [gradient(tape, extent, matrix.elementSize)]) : null
    const result = output(scope, extent, size, 'adapter in the type of the stack', node)
    scope.drop(view)
    return result
  }
}

function viewOf (scope: Scope, matrix: Parameter, extent: Shape, permuted: boolean): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, matrix)
    ? new GradNode(tape, [edgeOf(matrix)], [], (g) => [permuted ? tape.allocate(matrix.shape, matrix.elementSize, 'weight gradient', 'gradients') : tape.retain(g)])
    : null
  tape.retain(matrix.storage)
  return scope.own(new Tensor(matrix.storage, extent, matrix.elementSize, node !== null, node))
}

/** bmm, then multiplied by alpha. */
function scaled (tape: Tape, extent: Shape, size: number, scales: boolean): Storage {
  const product = gradient(tape, extent, size)
  if (!scales) return product
  const result = gradient(tape, extent, size)
  tape.release(product)
  return result
}
