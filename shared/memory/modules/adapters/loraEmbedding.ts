import { GradNode, Scope, type Shape, type Tensor } from '../../tape/index.ts'
import { add, cast, needsGrad, output, scale } from '../elementwise.ts'
import { linear, type Parameter } from '../linear.ts'

/** Put on an embedding table: what it adds to the embedded tokens. */
export interface TableAdapter {
  apply (scope: Scope, embedded: Tensor): Tensor
}

/** PEFT's LoRA on an embedding (peft/tuners/lora/layer.py Embedding.forward). `a`: [r, V], `b`: [h, r]. Nothing is cast before the sum. */
export class LoraEmbedding implements TableAdapter {
  private readonly a: Parameter
  private readonly b: Parameter
  /** [b, s, r] */
  private readonly inner: Shape

  constructor (a: Parameter, b: Parameter, inner: Shape) {
    this.a = a
    this.b = b
    this.inner = inner
  }

  apply (caller: Scope, embedded: Tensor): Tensor {
    const scope = new Scope(caller.tape)
    const looked = this.lookup(scope)
    const outer = linear(scope, looked, this.b, embedded.shape)
    const update = scale(scope, outer)
    scope.drop(outer)
    const sum = add(scope, embedded, update, 'output')
    caller.drop(embedded)
    return scope.return(cast(scope, sum, embedded.elementSize, 'output in the base type'), caller)
  }

  /** F.embedding in the transposed matrix: its gradient comes transposed, so that `.grad` is a copy in the parameter's own order (accumulate_grad.h). */
  private lookup (scope: Scope): Tensor {
    const { tape } = scope
    const { a } = this
    const node = needsGrad(tape, a)
      ? new GradNode(tape, [a.leaf], [], () => {
        const transposed = tape.allocate(a.shape, a.elementSize, 'transposed weight gradient', 'gradients')
        const own = tape.allocate(a.shape, a.elementSize, 'weight gradient', 'gradients')
        tape.release(transposed)
        return [own]
      })
      : null
    return output(scope, this.inner, a.elementSize, 'low-rank embedding', node)
  }
}
