import { edgeOf, GradNode, type Scope, type Shape, type Tensor } from '../../tape/index.ts'
import { add, cast, gradient, needsGrad, output, scale } from '../elementwise.ts'
import { autocastCopy, type Parameter } from '../linear.ts'

/**
 * LoRA on the router's matrix (peft/tuners/lora/layer.py ParamWrapper over two dimensions): scale · B·A is made when the router
 * is entered, and added to the weight.
 */
export class RouterAdapter {
  private readonly weight: Parameter
  private readonly a: Parameter
  private readonly b: Parameter
  /** The weight with its adapter while the router runs. */
  private current: Tensor | null = null
  private delta: Tensor | null = null

  constructor (weight: Parameter, a: Parameter, b: Parameter) {
    this.weight = weight
    this.a = a
    this.b = b
  }

  /** Entering the wrapper; `scope` is the wrapper's frame. */
  activate (scope: Scope): void {
    const { tape } = scope
    const product = matrixProduct(scope, this.b, this.a, this.weight.shape)
    const scaled = scale(scope, product, 'update of the router')
    scope.drop(product)
    this.delta = cast(scope, scaled, this.weight.elementSize, 'update of the router')
    if (this.delta !== scaled) scope.drop(scaled)
    scope.drop(output(scope, this.weight.shape, this.weight.elementSize, 'router with its adapter, tried'))
    tape.module = 'router'
    this.current = null
  }

  /** The weight plus its update, made once per forward pass. */
  apply (scope: Scope): Tensor {
    return this.current ??= add(scope.caller ?? scope, this.weight, this.delta!, 'router with its adapter')
  }
}

/** lora_B.weight @ lora_A.weight. Autocast casts both and keeps the copies. */
function matrixProduct (scope: Scope, b: Parameter, a: Parameter, extent: Shape): Tensor {
  const { tape } = scope
  const [left, right] = [autocastCopy(scope, b), autocastCopy(scope, a)] as readonly Tensor[]
  const node = needsGrad(tape, left!, right!)
    ? new GradNode(tape, [edgeOf(left!), edgeOf(right!)], [right!.storage, left!.storage], () => [left!, right!].map((t) => gradient(tape, t.shape, t.elementSize)))
    : null
  return output(scope, extent, left!.elementSize, 'update of the router', node)
}
