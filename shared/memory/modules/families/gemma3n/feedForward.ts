import { dimension, Scope, shape, type Shape, type Tensor } from '../../../tape/index.ts'
import { activate, relu } from '../../activations.ts'
import type { ModelBuilder } from '../../builder.ts'
import { add, multiply, scale } from '../../elementwise.ts'
import type { Projection } from '../../projection.ts'
import type { Sublayer } from '../dense/block.ts'
import { deviation, mean, subtract } from './operations.ts'

/** Gemma3nTextMLP: every intermediate result has a name; in sparse layers the gate is cut at mean plus a multiple of the deviation. */
export class CutFeedForward implements Sublayer {
  private readonly gate: Projection
  private readonly up: Projection
  private readonly down: Projection
  private readonly rows: Shape
  private readonly sparse: boolean

  constructor (builder: ModelBuilder, sparse: boolean) {
    const { batch, sequence, hiddenSize: h, hidden, tokens, architecture } = builder.run
    const f = dimension('f', architecture.intermediateSize)
    const inner = shape(batch, sequence, f)
    this.gate = builder.linear('gate_proj', f, h, inner, false)
    this.up = builder.linear('up_proj', f, h, inner, false)
    this.down = builder.linear('down_proj', h, f, hidden, false)
    this.rows = tokens
    this.sparse = sparse
  }

  forward (caller: Scope, x: Tensor): Tensor {
    const scope = new Scope(caller.tape)
    const raw = this.gate.apply(scope, x)
    scope.tape.module = 'act_fn'
    const gated = this.sparse ? this.cut(scope, raw) : raw
    if (gated !== raw) scope.drop(raw)
    const activated = activate(scope, gated, 'gelu')
    const raised = this.up.apply(scope, x)
    scope.tape.module = 'act_fn'
    return scope.return(this.down.apply(scope, multiply(scope, activated, raised)), caller)
  }

  /** _gaussian_topk */
  private cut (caller: Scope, x: Tensor): Tensor {
    const scope = new Scope(caller.tape)
    const average = mean(scope, x, this.rows, 'mean')
    const spread = deviation(scope, x, this.rows)
    const times = scale(scope, spread, 'deviation times the multiplier')
    const cutoff = add(scope, average, times, 'cutoff')
    scope.drop(times)
    const above = subtract(scope, x, cutoff, 'above the cutoff')
    return scope.return(relu(scope, above), caller)
  }
}
