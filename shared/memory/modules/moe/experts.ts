import { dimension, Scope, shape, type Shape, type Tensor } from '../../tape/index.ts'
import type { ModelBuilder } from '../builder.ts'
import { cast } from '../elementwise.ts'
import { groupedMatmul } from '../groupedMatmul.ts'
import { select } from '../indexing.ts'
import type { Parameter } from '../linear.ts'
import { loopOverExperts, stackedExpert } from './expertLoop.ts'
import { siluGate, type Gate } from './gates.ts'
import { addInPlace } from '../functional.ts'
import { combinePairs, gatherPairs } from './pairs.ts'
import type { ExpertSizes, Routing } from './sizes.ts'
import type { StackAdapter } from './stackAdapter.ts'

export interface ExpertOptions {
  readonly gate?: Gate
  /** A bias per expert on both projections. */
  readonly biased?: boolean
  /** Three stacks that run one after the other (DBRX). */
  readonly separate?: boolean
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
  private readonly gateUpBias: Parameter | null
  private readonly downBias: Parameter | null
  private readonly loops: boolean
  private readonly adapters: Readonly<Record<'gateUp' | 'down', StackAdapter | null>>

  constructor (builder: ModelBuilder, sizes: ExpertSizes, { gate = siluGate, biased = false }: ExpertOptions) {
    const { experts, width, hiddenSize } = sizes
    const both = dimension('2I', 2 * width.size)
    this.sizes = sizes
    this.loops = (builder.run.plan.runtime.experts ?? 'grouped-mm') !== 'grouped-mm'
    this.gate = gate
    this.gateUp = builder.base('experts', shape(experts, both, hiddenSize), 'gate_up_proj')
    this.gateUpBias = biased ? builder.base('experts', shape(experts, both), 'gate_up_proj_bias') : null
    this.down = builder.base('experts', shape(experts, hiddenSize, width), 'down_proj')
    this.downBias = biased ? builder.base('experts', shape(experts, hiddenSize), 'down_proj_bias') : null
    this.adapters = { gateUp: builder.stackAdapter('gate_up_proj', this.gateUp), down: builder.stackAdapter('down_proj', this.down) }
  }

  /** The wrapper of the down projection lies around that of the other; what they put in place of the stacks goes when both are done. */
  forward (caller: Scope, x: Tensor, routing: Routing): Tensor {
    const { gateUp, down } = this.adapters
    if (!gateUp && !down) return this.runWith(caller, x, routing, () => this.gateUp, () => this.down)
    const outer = new Scope(caller.tape)
    outer.tape.module = 'experts'
    const forDown = down?.activate(outer)
    const forGateUp = gateUp?.activate(outer)
    const result = this.runWith(
      outer, x, routing, once(() => gateUp ? gateUp.apply(outer, forGateUp!) : this.gateUp), once(() => down ? down.apply(outer, forDown!) : this.down)
    )
    return outer.return(result, caller)
  }

  private runWith (caller: Scope, x: Tensor, routing: Routing, gateUp: () => Tensor, down: () => Tensor): Tensor {
    if (!this.loops) return this.run(caller, x, routing, gateUp, down)
    const { gateUpBias, downBias, gate, sizes } = this
    return loopOverExperts(caller, x, routing, sizes, stackedExpert({ gateUp, down, gateUpBias, downBias }, sizes, gate === siluGate ? null : gate))
  }

  private run (caller: Scope, x: Tensor, { weights }: Routing, gateUpStack: () => Tensor, downStack: () => Tensor): Tensor {
    const { tape } = caller
    const { sizes: { pairs, pairHidden, width } } = this
    const [rows] = pairs.dimensions
    const half = shape(rows!, width)
    const scope = new Scope(tape)
    tape.module = 'experts'
    const { ids, selected, weights: sorted } = gatherPairs(scope, x, weights, this.sizes)
    const both = shape(rows!, dimension('2I', 2 * width.size))
    const firstBias = this.gateUpBias && select(scope, this.gateUpBias, ids, both, 'biases of the pairs')
    const gateUp = this.project(scope, selected, gateUpStack(), both, 'gate and up', firstBias)
    const product = this.gate(scope, gateUp, half)
    scope.drop(gateUp)
    const secondBias = this.downBias && select(scope, this.downBias, ids, pairHidden, 'biases of the pairs')
    if (firstBias) scope.drop(firstBias)
    const down = this.project(scope, product, downStack(), pairHidden, 'down', secondBias)
    scope.drop(product)
    const summed = combinePairs(scope, down, sorted, this.sizes)
    return scope.return(cast(scope, summed, x.elementSize, 'output'), caller)
  }

  private project (scope: Scope, x: Tensor, weight: Tensor, extent: Shape, role: string, bias: Tensor | null): Tensor {
    const product = groupedMatmul(scope, x, weight, extent, role)
    return bias ? addInPlace(scope, product, bias) : product
  }
}

/** Made at the first call, the same at every later one. */
function once (make: () => Tensor): () => Tensor {
  let made: Tensor | null = null
  return () => made ??= make()
}
