import { Scope, shape, type Shape, type Tensor } from '../../tape/index.ts'
import { activate, type Activation } from '../activations.ts'
import type { ModelBuilder } from '../builder.ts'
import { cast } from '../elementwise.ts'
import { groupedMatmul } from '../groupedMatmul.ts'
import type { Parameter } from '../linear.ts'
import { combinePairs, gatherPairs } from './pairs.ts'
import type { ExpertSizes, Routing } from './sizes.ts'

/** Routed experts without a gate: up, activation, down (transformers NemotronHExperts, integrations/moe.py grouped_mm_experts_forward). */
export class PlainExperts {
  private readonly sizes: ExpertSizes
  private readonly activation: Activation
  private readonly up: Parameter
  private readonly down: Parameter
  private readonly inner: Shape

  constructor (builder: ModelBuilder, sizes: ExpertSizes, activation: Activation) {
    const { experts, width, hiddenSize, pairs } = sizes
    this.sizes = sizes
    this.activation = activation
    this.up = builder.base('experts', shape(experts, width, hiddenSize), 'up_proj')
    this.down = builder.base('experts', shape(experts, hiddenSize, width), 'down_proj')
    this.inner = shape(pairs.dimensions[0]!, width)
  }

  forward (caller: Scope, x: Tensor, { weights }: Routing): Tensor {
    const { tape } = caller
    const { pairHidden } = this.sizes
    const scope = new Scope(tape)
    tape.module = 'experts'
    const { selected, weights: sorted } = gatherPairs(scope, x, weights, this.sizes)
    const raised = groupedMatmul(scope, selected, this.up, this.inner, 'up')
    const activated = activate(scope, raised, this.activation)
    scope.drop(raised)
    const down = groupedMatmul(scope, activated, this.down, pairHidden, 'down')
    scope.drop(activated)
    const summed = combinePairs(scope, down, sorted, this.sizes)
    return scope.return(cast(scope, summed, x.elementSize, 'output'), caller)
  }
}
