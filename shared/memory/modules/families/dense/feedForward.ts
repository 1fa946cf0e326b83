import { dimension, Scope, shape, type Tensor } from '../../../tape/index.ts'
import { activate } from '../../activations.ts'
import type { ModelBuilder } from '../../builder.ts'
import { multiply } from '../../elementwise.ts'
import { fusedSwiglu } from '../../mlp.ts'
import type { Projection } from '../../projection.ts'
import { split } from '../../views.ts'
import { asUsed, type DenseContext } from './context.ts'

/** The MLP of a dense decoder block. */
export class FeedForward {
  private readonly context: DenseContext
  private readonly width: number
  private readonly up: readonly Projection[]
  private readonly down: Projection

  /** `intermediateSize`: the model's own unless given, as for shared experts. */
  constructor (builder: ModelBuilder, context: DenseContext, intermediateSize = context.architecture.intermediateSize) {
    const { run, spec: { mlp } } = context
    const { batch, sequence, hiddenSize: h } = run
    const f = dimension('f', intermediateSize)
    this.width = intermediateSize
    const width = mlp.layout === 'fused' ? dimension('2f', 2 * f.size) : f
    this.context = context
    this.up = mlp.up.map((name) => asUsed(builder.linear(name, width, h, shape(batch, sequence, width), mlp.bias), context.spec))
    this.down = asUsed(builder.linear(mlp.down, h, f, run.hidden, mlp.downBias ?? mlp.bias), context.spec)
  }

  forward (caller: Scope, x: Tensor): Tensor {
    const scope = new Scope(caller.tape)
    const { layout } = this.context.spec.mlp
    const inner = layout === 'plain' ? this.plain(scope, x) : layout === 'fused' ? this.fusedLayer(scope, x) : this.separate(scope, x)
    return scope.return(this.down.apply(scope, inner), caller)
  }

  /** act(up(x)) */
  private plain (scope: Scope, x: Tensor): Tensor {
    const raised = this.up[0]!.apply(scope, x)
    const activated = this.activated(scope, raised)
    scope.drop(raised)
    return activated
  }

  /** act(gate(x)) · up(x) */
  private separate (scope: Scope, x: Tensor): Tensor {
    const { tape } = scope
    const gated = this.up[0]!.apply(scope, x)
    if (this.fuses) {
      const raised = this.up[1]!.apply(scope, x)
      tape.module = 'glu'
      const product = fusedSwiglu(scope, gated, raised)
      scope.drop(gated, raised)
      return product
    }
    const activated = this.activated(scope, gated)
    scope.drop(gated)
    const raised = this.up[1]!.apply(scope, x)
    tape.module = 'act_fn'
    const product = multiply(scope, activated, raised)
    scope.drop(activated, raised)
    return product
  }

  /** Phi3MLP.forward: up · act(gate), both halves of one layer's output. */
  private fusedLayer (scope: Scope, x: Tensor): Tensor {
    const { batch, sequence } = this.context.run
    const half = shape(batch, sequence, dimension('f', this.width))
    const both = this.up[0]!.apply(scope, x)
    const { gate: own } = this.context.spec.mlp
    if (own) {
      scope.tape.module = 'act_fn'
      return own(scope, both, half)
    }
    const [gate, raised] = split(scope, both, [half, half])
    scope.drop(both)
    if (this.fuses) {
      scope.tape.module = 'glu'
      return fusedSwiglu(scope, gate!, raised!)
    }
    const activated = this.activated(scope, gate!)
    const product = multiply(scope, raised!, activated)
    scope.drop(raised!, activated)
    return product
  }

  private get fuses (): boolean {
    return this.context.runtime.fusedKernels.includes('swiglu')
  }

  private activated (scope: Scope, x: Tensor): Tensor {
    scope.tape.module = 'act_fn'
    return activate(scope, x, this.context.spec.mlp.activation)
  }
}
