import { dimension, shape, type Scope, type Tensor } from '../../tape/index.ts'
import type { ModelBuilder } from '../builder.ts'
import { multiply, silu } from '../elementwise.ts'
import type { Parameter } from '../linear.ts'
import { loopOverExperts, overStack } from './expertLoop.ts'
import type { ExpertSizes, Routing } from './sizes.ts'

/** DBRX's experts: three stacks, run one after the other whatever the plan says (transformers models/dbrx/modeling_dbrx.py DbrxExperts, DbrxExpertGLU). */
export class SeparateStacks {
  private readonly sizes: ExpertSizes
  private readonly gate: Parameter
  private readonly up: Parameter
  private readonly down: Parameter

  constructor (builder: ModelBuilder, sizes: ExpertSizes) {
    const { experts, width, hiddenSize } = sizes
    this.sizes = sizes
    this.gate = builder.base('experts', shape(experts, width, hiddenSize), 'w1')
    this.up = builder.base('experts', shape(experts, width, hiddenSize), 'v1')
    this.down = builder.base('experts', shape(experts, width, hiddenSize), 'w2')
  }

  forward (caller: Scope, x: Tensor, routing: Routing): Tensor {
    const { sizes } = this
    return loopOverExperts(caller, x, routing, sizes, (frame, tokens, rows) => {
      const extent = (last: ExpertSizes['width']) => shape(dimension('n', rows), last)
      const gated = overStack(frame, tokens, this.gate, extent(sizes.width), true)
      const raised = overStack(frame, tokens, this.up, extent(sizes.width), true)
      const activated = silu(frame, gated)
      frame.drop(gated)
      const product = multiply(frame, activated, raised)
      const result = overStack(frame, product, this.down, extent(sizes.hiddenSize), true)
      frame.drop(activated, raised, product, tokens)
      return result
    })
  }
}
