import type { Architecture } from '../../../../architecture/architecture.ts'
import type { Mamba2 } from '../../../../architecture/linearMixer.ts'
import { dimension, Scope, shape, type Storage, type Tensor } from '../../../tape/index.ts'
import type { ModelBuilder } from '../../builder.ts'
import { add, multiply, scale, silu } from '../../elementwise.ts'
import { Mamba2Layer } from '../../mixers/mamba2.ts'
import type { Projection } from '../../projection.ts'
import { SelfAttention } from '../dense/attention.ts'
import { attention, gatedMlp, wholeHeads } from '../dense/common.ts'
import type { DenseContext, KindContext } from '../dense/context.ts'
import { DenseModel, type LayerMaker } from '../dense/model.ts'
import { streamNorm, type Norm } from '../dense/norms.ts'
import type { DenseSpec } from '../dense/spec.ts'
import type { DecoderLayer, Family } from '../family.ts'
import { mamba2Projection } from '../hybrid/mambaMixers.ts'

/** Of the published models, where the catalog does not say. */
const USUAL_CHUNK = 128

const spec = (a: Architecture): DenseSpec => ({
  norm: 'rms',
  order: 'pre',
  attention: attention(a, { rotary: wholeHeads, scalesKey: true }),
  mlp: gatedMlp(a),
  embeddingScale: 'number',
  head: { scaled: true }
})

/** transformers FalconH1DecoderLayer: Mamba 2 and attention of the same normed input, then an MLP; every path multiplied by numbers. */
class FalconH1Layer implements DecoderLayer {
  private readonly context: DenseContext
  private readonly kind: KindContext
  private readonly mlp: ScaledMlp
  private readonly mamba: Mamba2Layer
  private readonly attention: SelfAttention
  private readonly norms: readonly Norm[]

  constructor (builder: ModelBuilder, context: DenseContext, kind: KindContext) {
    const linear = context.architecture.linear as Mamba2
    this.context = context
    this.kind = kind
    this.mlp = new ScaledMlp(builder, context)
    this.mamba = new Mamba2Layer(builder, { chunk: USUAL_CHUNK, ...linear }, {
      gate: linear.gateNorm ?? true ? linear.normFirst ? 'norm-first' : 'gate-first' : 'none', normsGroups: true, multipliers: true
    })
    this.attention = new SelfAttention(builder, context, kind, true)
    this.norms = ['input_layernorm', 'pre_ff_layernorm'].map((name) => streamNorm(builder, 'rms', name))
  }

  arguments (): readonly Storage[] {
    const { mask, rotary } = this.kind
    return [this.context.positions, mask, rotary?.cos.storage, rotary?.sin.storage].filter((s) => s !== null && s !== undefined)
  }

  forward (caller: Scope, x: Tensor): Tensor {
    const scope = new Scope(caller.tape)
    const { tape } = scope
    const multiplied = (from: Tensor, role: string): Tensor => {
      tape.module = 'multipliers'
      const result = scale(scope, from, role)
      scope.drop(from)
      return result
    }
    const normed = this.norms[0]!.apply(scope, x)
    const mixed = multiplied(this.mamba.forward(scope, normed), 'Mamba output, multiplied')
    tape.module = 'multipliers'
    const input = scale(scope, normed, 'attention input')
    const attended = this.attention.forward(scope, input)
    scope.drop(input)
    const attention = multiplied(attended, 'attention output, multiplied')
    const both = add(scope, mixed, attention, 'Mamba and attention')
    scope.drop(normed)
    tape.module = 'residual'
    const residual = add(scope, x, both, 'after the mixers')
    scope.drop(both)
    const second = this.norms[1]!.apply(scope, residual)
    const transformed = this.mlp.forward(scope, second)
    scope.drop(second)
    tape.module = 'residual'
    return scope.return(add(scope, residual, transformed, 'block output'), caller)
  }
}

/** FalconH1MLP: up(x) · act(gate(x) · a), down, · b. */
class ScaledMlp {
  private readonly gate: Projection
  private readonly up: Projection
  private readonly down: Projection

  constructor (builder: ModelBuilder, { run, architecture }: DenseContext) {
    const f = dimension('f', architecture.intermediateSize)
    const inner = shape(run.batch, run.sequence, f)
    const [gate, up] = ['gate_proj', 'up_proj'].map((name) => builder.linear(name, f, run.hiddenSize, inner, architecture.mlpBias))
    this.gate = gate!
    this.up = up!
    this.down = builder.linear('down_proj', run.hiddenSize, f, run.hidden, architecture.mlpBias)
  }

  forward (caller: Scope, x: Tensor): Tensor {
    const scope = new Scope(caller.tape)
    const { tape } = scope
    const raised = this.up.apply(scope, x)
    const gated = this.gate.apply(scope, x)
    tape.module = 'act_fn'
    const scaled = scale(scope, gated, 'gate, multiplied')
    scope.drop(gated)
    const activated = silu(scope, scaled)
    scope.drop(scaled)
    const product = multiply(scope, raised, activated)
    scope.drop(raised, activated)
    const lowered = this.down.apply(scope, product)
    scope.drop(product)
    tape.module = 'multipliers'
    return scope.return(scale(scope, lowered, 'MLP output, multiplied'), caller)
  }
}

const makeLayer: LayerMaker = (builder, context, kind) => new FalconH1Layer(builder, context, kind)

/** Falcon-H1: attention and Mamba 2 side by side in every layer. PEFT refuses out_proj. */
export const falconH1Family: Family = {
  modelTypes: ['falcon_h1'],
  source: 'transformers models/falcon_h1/modeling_falcon_h1.py',
  linearLayers: (a) => {
    const { hiddenSize: h, intermediateSize: f } = a
    const [query, key] = [a.heads * a.headDim, a.kvHeads * a.headDim]
    return new Map<string, readonly [number, number]>([
      mamba2Projection(a), ['q_proj', [query, h]], ['k_proj', [key, h]], ['v_proj', [key, h]], ['o_proj', [h, query]],
      ['gate_proj', [f, h]], ['up_proj', [f, h]], ['down_proj', [h, f]]
    ])
  },
  layerKinds: ({ layers }) => Array.from({ length: layers }, () => 'attention and Mamba 2'),
  build: (builder, places) => new DenseModel(builder, places, spec(builder.run.architecture), makeLayer)
}
