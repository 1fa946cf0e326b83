import { dimension, Scope, shape, type Shape, type Tensor } from '../../tape/index.ts'
import type { ModelBuilder } from '../builder.ts'
import { cast, multiply, output, silu } from '../elementwise.ts'
import { groupedMatmul } from '../groupedMatmul.ts'
import { INDEX_SIZE, select, sumGroups, weightRows } from '../indexing.ts'
import type { Parameter } from '../linear.ts'
import { split } from '../views.ts'
import type { ExpertSizes, Routing } from './sizes.ts'

/** Turns the joint gate and up output [rows, 2I] into [rows, I]; the result belongs to the scope. */
export type Gate = (scope: Scope, gateUp: Tensor, half: Shape) => Tensor

/** transformers integrations/moe.py _default_apply_gate: silu of one half times the other. */
export const siluGate: Gate = (caller, gateUp, half) => {
  const scope = new Scope(caller.tape)
  const [gate, up] = split(scope, gateUp, [half, half])
  return scope.return(multiply(scope, silu(scope, gate!), up!), caller)
}

export interface ExpertOptions {
  readonly gate?: Gate
}

/**
 * The routed experts of one layer: two stacks of weights, each one tensor (transformers 5, models/*\/modeling_*.py …Experts).
 * They are no nn.Linear: neither quantized nor given adapters.
 */
export class Experts {
  private readonly sizes: ExpertSizes
  private readonly gate: Gate
  private readonly gateUp: Parameter
  private readonly down: Parameter

  constructor (builder: ModelBuilder, sizes: ExpertSizes, { gate = siluGate }: ExpertOptions) {
    const { experts, width, hiddenSize } = sizes
    const both = dimension('2I', 2 * width.size)
    this.sizes = sizes
    this.gate = gate
    this.gateUp = builder.base('experts', shape(experts, both, hiddenSize), 'gate_up_proj')
    this.down = builder.base('experts', shape(experts, hiddenSize, width), 'down_proj')
  }

  /** transformers integrations/moe.py grouped_mm_experts_forward. Sort, histogram and inverse permutation are index tensors. */
  forward (caller: Scope, x: Tensor, { weights }: Routing): Tensor {
    const { tape } = caller
    const { sizes: { pairs, pairHidden, tokens, experts, width } } = this
    const [rows] = pairs.dimensions
    const half = shape(rows!, width)
    const scope = new Scope(tape)
    tape.module = 'experts'
    output(scope, pairs, INDEX_SIZE, 'sorted expert ids')
    const permutation = output(scope, pairs, INDEX_SIZE, 'permutation')
    const source = output(scope, pairs, INDEX_SIZE, 'token of each pair')
    const selected = select(scope, x, source, pairHidden, 'gathered tokens')
    scope.drop(source)
    const sorted = select(scope, weights, permutation, pairs, 'sorted weights')
    output(scope, pairs, 4, 'expert ids for the histogram')
    output(scope, shape(experts), 4, 'tokens per expert')
    output(scope, shape(experts), 4, 'offsets')
    const gateUp = groupedMatmul(scope, selected, this.gateUp, shape(rows!, dimension('2I', 2 * width.size)), 'gate and up')
    const product = this.gate(scope, gateUp, half)
    scope.drop(gateUp)
    const down = groupedMatmul(scope, product, this.down, pairHidden, 'down')
    scope.drop(product)
    const weighted = weightRows(scope, down, sorted, 'weighted')
    const inverse = output(scope, pairs, INDEX_SIZE, 'inverse permutation')
    scope.drop(output(scope, pairs, INDEX_SIZE, 'range'))
    const restored = select(scope, weighted, inverse, pairHidden, 'in the order of tokens')
    scope.drop(weighted)
    const summed = sumGroups(scope, restored, tokens, 'output')
    return scope.return(cast(scope, summed, x.elementSize, 'output'), caller)
  }
}
