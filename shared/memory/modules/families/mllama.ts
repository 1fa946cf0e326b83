import type { Architecture } from '../../../architecture/architecture.ts'
import { layersInOrder } from '../../../architecture/layerSequence.ts'
import { ELEMENT_SIZE } from '../../floatType.ts'
import type { Dimension } from '../../result.ts'
import { dimension, Scope, shape, Tensor, type Storage } from '../../tape/index.ts'
import { embeddingSize, headRows } from '../attend.ts'
import { eagerAttention, type AttentionGeometry } from '../attention.ts'
import { efficientBiased } from '../biasedAttention.ts'
import type { ModelBuilder } from '../builder.ts'
import { add, multiply, repeatHeads, tanh } from '../elementwise.ts'
import type { Parameter } from '../linear.ts'
import type { Projection } from '../projection.ts'
import { SelfAttention } from './dense/attention.ts'
import { DenseLayer } from './dense/block.ts'
import { attention, gatedMlp, wholeHeads } from './dense/common.ts'
import type { DenseContext, KindContext } from './dense/context.ts'
import { FeedForward } from './dense/feedForward.ts'
import { denseFamily, type DenseSpec } from './dense/index.ts'
import { DenseModel } from './dense/model.ts'
import { Norm, streamNorm } from './dense/norms.ts'
import type { DecoderLayer, Family } from './family.ts'

/** Tiles that the processor pads every image to. */
const TILES = 4
const CROSS = 'full cross'

const mllama = (a: Architecture): DenseSpec => ({
  norm: 'rms', order: 'pre', attention: attention(a, { rotary: wholeHeads }), mlp: gatedMlp(a), extraRows: 8, head: {}
})

/** Vectors that the vision tower makes of one image: those of every tile with its class token. */
export function imageVectors ({ vision }: Architecture): number {
  const side = (vision?.imageSize ?? 560) / (vision?.patchSize ?? 14)
  return TILES * (side * side + 1)
}

/** What the cross attention of all blocks looks at: one image per row. */
interface Image {
  states: Tensor | null
  mask: Tensor | null
  rows: Tensor | null
}

/** MllamaCrossAttentionDecoderLayer: attention to the image and MLP, each through a gate. */
class CrossLayer implements DecoderLayer {
  private readonly context: DenseContext
  private readonly image: Image
  private readonly geometry: AttentionGeometry
  private readonly query: readonly [Projection, Norm]
  private readonly key: readonly [Projection, Norm]
  private readonly value: Projection
  private readonly out: Projection
  private readonly mlp: FeedForward
  private readonly norms: readonly [Norm, Norm]
  private readonly gates: readonly [Parameter, Parameter]

  constructor (builder: ModelBuilder, context: DenseContext, kind: KindContext, image: Image) {
    const { run } = context
    const { heads, kvHeads, headDim, batch, sequence, query } = kind.geometry
    const t = dimension('t', imageVectors(run.architecture))
    const [q, k] = [dimension('q', heads.size * headDim.size), dimension('k', kvHeads.size * headDim.size)]
    const keys = shape(batch, t, kvHeads, headDim)
    const one = shape(dimension('1', 1))
    const overImage = (name: string): Projection => builder.withRows([batch, t], () => builder.linear(name, k, run.hiddenSize, keys, false))
    const norm = (name: string, rows: ReturnType<typeof headRows>): Norm => new Norm(builder, 'rms', name, shape(headDim), rows)
    this.context = context
    this.image = image
    this.geometry = { ...kind.geometry, keys: shape(batch, t, heads, headDim), scores: shape(batch, heads, sequence, t), mask: null, bias: null }
    this.query = [builder.linear('q_proj', q, run.hiddenSize, query, false), norm('q_norm', headRows(run, 'nh', heads.size))]
    this.key = [overImage('k_proj'), norm('k_norm', shape(batch, t, kvHeads))]
    this.value = overImage('v_proj')
    this.out = builder.linear('o_proj', run.hiddenSize, q, run.hidden, false)
    this.norms = [streamNorm(builder, 'rms', 'input_layernorm'), streamNorm(builder, 'rms', 'post_attention_layernorm')]
    this.gates = [builder.base('cross_attn', one, 'attn_gate'), builder.base('cross_attn', one, 'mlp_gate')]
    this.mlp = new FeedForward(builder, context)
  }

  arguments (): readonly Storage[] {
    const { states, mask, rows } = this.image
    return [this.context.positions!, states!.storage, mask!.storage, rows!.storage]
  }

  forward (caller: Scope, x: Tensor): Tensor {
    const scope = new Scope(caller.tape)
    const normed = this.norms[0].apply(scope, x)
    const attended = this.attend(scope, normed)
    scope.drop(normed)
    const middle = this.gated(scope, x, attended, this.gates[0])
    const input = this.norms[1].apply(scope, middle)
    const transformed = this.mlp.forward(scope, input)
    scope.drop(input)
    const masked = multiply(scope, this.image.rows!, transformed, 'rows with an image')
    scope.drop(transformed)
    return scope.return(this.gated(scope, middle, masked, this.gates[1]), caller)
  }

  /** residual + gate.tanh() · output */
  private gated (scope: Scope, stream: Tensor, output: Tensor, gate: Parameter): Tensor {
    scope.tape.module = 'residual'
    const open = tanh(scope, gate)
    const product = multiply(scope, open, output, 'gated')
    scope.drop(open)
    const sum = add(scope, stream, product)
    scope.drop(product, output)
    return sum
  }

  private attend (caller: Scope, x: Tensor): Tensor {
    const { run } = this.context
    const { states, mask } = this.image
    const scope = new Scope(run.tape)
    const raw = this.query[0].apply(scope, x)
    const query = this.query[1].apply(scope, raw)
    scope.drop(raw)
    const rawKey = this.key[0].apply(scope, states!)
    const value = this.value.apply(scope, states!)
    const key = this.key[1].apply(scope, rawKey)
    scope.drop(rawKey)
    run.tape.module = 'attention'
    if (run.plan.runtime.attention === 'eager') {
      return scope.return(this.out.apply(scope, eagerAttention(scope, query, key, value, this.geometry, embeddingSize(run.plan))), caller)
    }
    const keys = repeatHeads(scope, key, this.geometry.keys!)
    const values = repeatHeads(scope, value, this.geometry.keys!)
    const { result: mixed } = efficientBiased(scope, query, keys, values, mask!, { mask: null, causal: false }, this.geometry)
    scope.drop(keys, values)
    return scope.return(this.out.apply(scope, mixed), caller)
  }
}

class MllamaModel extends DenseModel {
  private readonly image: Image

  constructor (builder: ModelBuilder, places: ConstructorParameters<typeof DenseModel>[1], spec: DenseSpec, image: Image) {
    super(builder, places, spec, (b, context, kind, place) => place.kind === CROSS
      ? new CrossLayer(b, context, kind, image)
      : new DenseLayer(b, context, kind, new SelfAttention(b, context, kind, true), new FeedForward(b, context)))
    this.image = image
  }

  /** The projected image, its mask and the mask of rows that see one, in the weights' type. */
  override share (x: Tensor): readonly Storage[] {
    const shared = super.share(x)
    const { run } = this.context
    const { tape, batch, sequence, hiddenSize } = run
    const [one, t] = [dimension('1', 1), dimension('t', imageVectors(run.architecture))]
    const size = ELEMENT_SIZE[run.plan.precision.weights]
    tape.module = 'vision_tower'
    const make = (role: string, ...extent: Dimension[]): Tensor => {
      const whole = shape(...extent)
      return new Tensor(tape.allocate(whole, size, role, 'activations'), whole, size, false)
    }
    this.image.states = make('projected image', batch, t, hiddenSize)
    this.image.mask = make('cross attention mask', batch, one, sequence, t)
    this.image.rows = make('mask of rows', batch, sequence, one)
    return [...shared, this.image.states.storage, this.image.mask.storage, this.image.rows.storage]
  }
}

const base = denseFamily(['mllama', 'mllama_text_model'], 'mllama/modeling_mllama.py', mllama)

/** Llama 3.2 Vision: every fifth block attends to one image of four tiles per row; the vision tower is frozen. */
export const mllamaFamily: Family = {
  ...base,
  layerKinds: (a) => layersInOrder(a).map(({ attention: sees }) => sees === 'cross' ? CROSS : 'full'),
  build: (builder, places) => {
    const { architecture } = builder.run
    const model = new MllamaModel(builder, places, mllama(architecture), { states: null, mask: null, rows: null })
    if (architecture.vision) builder.frozen('vision_tower', shape(dimension('vision parameters', architecture.vision.parameters)))
    return model
  }
}
