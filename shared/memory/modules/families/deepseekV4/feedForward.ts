import { dimension, Scope, shape, type Tensor } from '../../../tape/index.ts'
import type { ModelBuilder } from '../../builder.ts'
import { multiply, silu } from '../../elementwise.ts'
import { clamp } from '../../functional.ts'
import type { Projection } from '../../projection.ts'

/** transformers DeepseekV4MLP: gate and up clamped. */
export class ClampedFeedForward {
  private readonly gate: Projection
  private readonly up: Projection
  private readonly down: Projection

  constructor (builder: ModelBuilder, width: number) {
    const { batch, sequence, hiddenSize, hidden } = builder.run
    const f = dimension('f', width)
    const inner = shape(batch, sequence, f)
    this.gate = builder.linear('gate_proj', f, hiddenSize, inner, false)
    this.up = builder.linear('up_proj', f, hiddenSize, inner, false)
    this.down = builder.linear('down_proj', hiddenSize, f, hidden, false)
  }

  forward (caller: Scope, x: Tensor): Tensor {
    const scope = new Scope(caller.tape)
    const clamped = (layer: Projection, bounds: 1 | 2): Tensor => {
      const raw = layer.apply(scope, x)
      scope.tape.module = 'act_fn'
      const result = clamp(scope, raw, bounds)
      scope.drop(raw)
      return result
    }
    const gate = clamped(this.gate, 1)
    const up = clamped(this.up, 2)
    const activated = silu(scope, gate)
    const product = multiply(scope, activated, up)
    scope.drop(activated)
    return scope.return(this.down.apply(scope, product), caller)
  }
}
