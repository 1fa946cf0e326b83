import { dimension, Scope, shape, type Shape, type Tensor } from '../../tape/index.ts'
import { activate, type Activation } from '../activations.ts'
import type { ModelBuilder } from '../builder.ts'
import { cast, output } from '../elementwise.ts'
import { groupedMatmul } from '../groupedMatmul.ts'
import { INDEX_SIZE, select, sumGroups, weightRows } from '../indexing.ts'
import type { Parameter } from '../linear.ts'
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
    const { pairs, pairHidden, tokens, experts } = this.sizes
    const scope = new Scope(tape)
    tape.module = 'experts'
    output(scope, pairs, INDEX_SIZE, 'sorted expert ids')
    const permutation = output(scope, pairs, INDEX_SIZE, 'permutation')
    const source = output(scope, pairs, INDEX_SIZE, 'token of each pair')
    const selected = select(scope, x, source, pairHidden, 'gathered tokens')
    scope.drop(source)
    const sorted = select(scope, weights, permutation, pairs, 'sorted weights')
    output(scope, pairs, 4, 'expert ids for the histogram')
    for (const role of ['tokens per expert', 'offsets']) output(scope, shape(dimension('E', experts.size)), 4, role)
    const raised = groupedMatmul(scope, selected, this.up, this.inner, 'up')
    const activated = activate(scope, raised, this.activation)
    scope.drop(raised)
    const down = groupedMatmul(scope, activated, this.down, pairHidden, 'down')
    scope.drop(activated)
    const weighted = weightRows(scope, down, sorted, 'weighted')
    const inverse = output(scope, pairs, INDEX_SIZE, 'inverse permutation')
    scope.drop(output(scope, pairs, INDEX_SIZE, 'range'))
    const restored = select(scope, weighted, inverse, pairHidden, 'in the order of tokens')
    scope.drop(weighted)
    const summed = sumGroups(scope, restored, tokens, 'output')
    return scope.return(cast(scope, summed, x.elementSize, 'output'), caller)
  }
}
