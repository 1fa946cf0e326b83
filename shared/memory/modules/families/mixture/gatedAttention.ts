import { dimension, edgeOf, GradNode, Scope, shape, type Tensor } from '../../../tape/index.ts'
import { attend, headRows } from '../../attend.ts'
import type { ModelBuilder } from '../../builder.ts'
import { cast, gradient, multiply, needsGrad, output } from '../../elementwise.ts'
import { sigmoid } from '../../functional.ts'
import type { Projection } from '../../projection.ts'
import type { DenseContext, KindContext } from '../dense/context.ts'
import { HeadProjections } from '../dense/projections.ts'
import { rotate } from '../dense/rotate.ts'

/** A gate computed from the block's input that the attention's output is multiplied by before the last projection. */
export interface OutputGate {
  readonly name: string
  /** One value per element, or one per head. */
  readonly per: 'element' | 'head'
  /** early: its layer runs with those of q, k and v (AFMoE); late: after attention (Laguna, Step 3). */
  readonly runs: 'early' | 'late'
  /** sigmoid in its own type, or softplus in fp32 (Laguna). */
  readonly activation: 'sigmoid' | 'softplus'
}

/** transformers AfmoeAttention, LagunaAttention, Step3p7Attention: heads with norms on q and k, and a gate on the output. */
export class GatedSelfAttention {
  private readonly context: DenseContext
  private readonly kind: KindContext
  private readonly heads: HeadProjections
  private readonly out: Projection
  private readonly gateLayer: Projection
  private readonly gate: OutputGate
  private readonly turns: boolean

  constructor (builder: ModelBuilder, context: DenseContext, kind: KindContext, gate: OutputGate, turns: boolean) {
    const { run, spec: { attention } } = context
    const { batch, sequence, heads, headDim } = kind.geometry
    this.context = context
    this.kind = kind
    this.gate = gate
    this.turns = turns
    this.heads = new HeadProjections(builder, kind, context.spec)
    this.out = builder.linear(attention.out, run.hiddenSize, dimension('q', heads.size * headDim.size), run.hidden, attention.outBias)
    this.heads.makeNorms(builder)
    const width = gate.per === 'head' ? heads.size : heads.size * headDim.size
    const extent = gate.per === 'head' ? headRows(run, 'nh', heads.size) : shape(batch, sequence, heads, headDim)
    this.gateLayer = builder.linear(gate.name, dimension('gate', width), run.hiddenSize, extent, false)
  }

  forward (caller: Scope, x: Tensor): Tensor {
    const { run, runtime } = this.context
    const { geometry, rotary, style } = this.kind
    const scope = new Scope(run.tape)
    let early: Tensor | null = null
    const { query, key, value } = this.heads.apply(scope, x, () => { if (this.gate.runs === 'early') early = this.gateLayer.apply(scope, x) })
    let [q, k] = [query, key]
    if (this.turns) {
      run.tape.module = 'rotary'
      ;[q, k] = rotate(scope, query, key, rotary!, style!, runtime.fusedKernels.includes('rope'))
      scope.drop(query, key)
    }
    const mixed = attend(scope, q, k, value, { ...geometry, headsFirst: geometry.headsFirst! && this.turns }, run)
    const open = this.opened(scope, early ?? this.gateLayer.apply(scope, x), mixed)
    const gated = multiply(scope, mixed, open, 'gated output')
    scope.drop(mixed)
    // The gate of AFMoE and Step 3 has no name of its own.
    if (this.gate.activation === 'sigmoid') scope.drop(open)
    return scope.return(this.out.apply(scope, gated), caller)
  }

  private opened (scope: Scope, raw: Tensor, mixed: Tensor): Tensor {
    scope.tape.module = this.gate.name
    if (this.gate.activation === 'sigmoid') {
      const open = sigmoid(scope, raw)
      if (this.gate.runs === 'late') scope.drop(raw)
      return open
    }
    const wide = cast(scope, raw, 4, 'gate in fp32')
    if (wide !== raw) scope.drop(raw)
    const soft = softplus(scope, wide)
    scope.drop(wide)
    const narrow = cast(scope, soft, mixed.elementSize, 'gate')
    if (narrow !== soft) scope.drop(soft)
    return narrow
  }
}

/** F.softplus: keeps its input. */
function softplus (scope: Scope, x: Tensor): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, x) ? new GradNode(tape, [edgeOf(x)], [x.storage], () => [gradient(tape, x.shape, x.elementSize)]) : null
  return output(scope, x.shape, x.elementSize, 'softplus output', node)
}
