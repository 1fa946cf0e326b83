import type { Architecture } from '../../../architecture/architecture.ts'
import type { Plan } from '../../../plan/index.ts'
import type { LayerPlace } from '../../stack.ts'
import { dimension, Scope, shape, type Shape, type Storage, type Tensor } from '../../tape/index.ts'
import { attend, attentionGeometry, headRows } from '../attend.ts'
import type { AttentionGeometry } from '../attention.ts'
import type { ModelBuilder } from '../builder.ts'
import { causalMask, embedding, embeddingTable, headWeight, normalize, positionIds, rotaryBuffers, rotaryTables, type RotaryTables } from '../decoder.ts'
import { add } from '../elementwise.ts'
import type { Parameter } from '../linear.ts'
import { gatedMlp } from '../mlp.ts'
import type { Projection } from '../projection.ts'
import { applyRotary, fusedRotary } from '../rotary.ts'
import type { Run } from '../run.ts'
import type { DecoderLayer, DecoderModel, Family, Head } from './family.ts'

/** Llama, Mistral, Qwen2 (biases on q, k, v) and Qwen3 (RMSNorm on q and k). */
export const llamaFamily: Family = {
  modelTypes: ['llama', 'mistral', 'qwen2', 'qwen3'],
  source: 'transformers models/llama/modeling_llama.py',
  linearLayers,
  layerKinds: (a: Architecture): readonly string[] => Array.from({ length: a.layers }, () => 'attention'),
  build: (builder: ModelBuilder, places: readonly LayerPlace[]): DecoderModel => new LlamaModel(builder, places)
}

function linearLayers (a: Architecture): ReadonlyMap<string, readonly [number, number]> {
  const query = a.heads * a.headDim
  const key = a.kvHeads * a.headDim
  const { hiddenSize: h, intermediateSize: f } = a
  return new Map<string, readonly [number, number]>([
    ['q_proj', [query, h]], ['k_proj', [key, h]], ['v_proj', [key, h]], ['o_proj', [h, query]], ['gate_proj', [f, h]], ['up_proj', [f, h]], ['down_proj', [h, f]]
  ])
}

/** Extents and shared tensors of all blocks. */
interface Context {
  readonly run: Run
  readonly geometry: AttentionGeometry
  readonly queryRows: Shape
  readonly keyRows: Shape
  rotary: RotaryTables | null
}

class LlamaModel implements DecoderModel {
  readonly layers: readonly DecoderLayer[]
  readonly head: Head
  private readonly table: Parameter
  private readonly norm: Parameter
  private readonly context: Context

  constructor (builder: ModelBuilder, places: readonly LayerPlace[]) {
    const { run } = builder
    const { heads, kvHeads, headDim } = run.architecture
    this.context = {
      run,
      geometry: attentionGeometry(run, heads, kvHeads, headDim, run.plan.data.padding),
      queryRows: headRows(run, 'nh', heads),
      keyRows: headRows(run, 'nkv', kvHeads),
      rotary: null
    }
    const table = embeddingTable(builder)
    this.table = builder.saved('embed_tokens', table)
    this.layers = places.map(({ trained }) => {
      builder.train(trained)
      return new LlamaLayer(builder, this.context)
    })
    builder.trainOutside()
    this.norm = builder.base('norm', run.hiddenVector)
    this.head = { weight: headWeight(builder, table), bias: null, softcap: false, scaled: false }
    rotaryBuffers(builder, headDim)
  }

  embed (scope: Scope): Tensor {
    return embedding(scope, this.context.run, this.table)
  }

  share (x: Tensor): readonly Storage[] {
    const { run } = this.context
    const positions = positionIds(run)
    const mask = causalMask(run, x.elementSize)
    const { cos, sin } = this.context.rotary = rotaryTables(run, run.architecture.headDim, x.elementSize)
    return [positions, ...(mask ? [mask] : []), cos.storage, sin.storage]
  }

  finalNorm (scope: Scope, x: Tensor): Tensor {
    const { run } = this.context
    return normalize(scope, 'norm', x, this.norm, run.tokens, run.plan.runtime)
  }
}

/** transformers LlamaDecoderLayer, with the q/k norms of Qwen3Attention and the biases of Qwen2Attention where the model has them. */
class LlamaLayer implements DecoderLayer {
  private readonly context: Context
  private readonly runtime: Plan['runtime']
  private readonly query: Projection
  private readonly key: Projection
  private readonly value: Projection
  private readonly out: Projection
  private readonly gate: Projection
  private readonly up: Projection
  private readonly down: Projection
  private readonly queryNorm: Parameter | null
  private readonly keyNorm: Parameter | null
  private readonly inputNorm: Parameter
  private readonly postAttentionNorm: Parameter

  constructor (builder: ModelBuilder, context: Context) {
    const { run, geometry } = context
    const { architecture: a, hiddenSize: h } = run
    const { batch, sequence, heads, kvHeads, headDim } = geometry
    const f = dimension('f', a.intermediateSize)
    const q = dimension('q', heads.size * headDim.size)
    const k = dimension('k', kvHeads.size * headDim.size)
    const keyShape = shape(batch, sequence, kvHeads, headDim)
    const ffn = shape(batch, sequence, f)
    const qkvBias = a.attentionBias === 'qkv' || a.attentionBias === 'all'
    const outBias = a.attentionBias === 'o' || a.attentionBias === 'all'
    this.context = context
    this.runtime = run.plan.runtime
    this.query = builder.linear('q_proj', q, h, geometry.query, qkvBias)
    this.key = builder.linear('k_proj', k, h, keyShape, qkvBias)
    this.value = builder.linear('v_proj', k, h, keyShape, qkvBias)
    this.out = builder.linear('o_proj', h, q, run.hidden, outBias)
    this.queryNorm = a.qkNorm ? builder.base('q_norm', shape(headDim)) : null
    this.keyNorm = a.qkNorm ? builder.base('k_norm', shape(headDim)) : null
    this.gate = builder.linear('gate_proj', f, h, ffn, a.mlpBias)
    this.up = builder.linear('up_proj', f, h, ffn, a.mlpBias)
    this.down = builder.linear('down_proj', h, f, run.hidden, a.mlpBias)
    this.inputNorm = builder.base('input_layernorm', run.hiddenVector)
    this.postAttentionNorm = builder.base('post_attention_layernorm', run.hiddenVector)
  }

  forward (caller: Scope, x: Tensor): Tensor {
    const { tape, tokens } = this.context.run
    const scope = new Scope(tape)
    const normed = normalize(scope, 'input_layernorm', x, this.inputNorm, tokens, this.runtime)
    const attended = this.selfAttention(scope, normed)
    scope.drop(normed)
    tape.module = 'residual'
    const residual = add(scope, x, attended, 'after attention')
    scope.drop(attended)
    const normed2 = normalize(scope, 'post_attention_layernorm', residual, this.postAttentionNorm, tokens, this.runtime)
    const transformed = gatedMlp(scope, normed2, this.gate, this.up, this.down, this.runtime.fusedKernels.includes('swiglu'))
    scope.drop(normed2)
    tape.module = 'residual'
    return scope.return(add(scope, residual, transformed, 'block output'), caller)
  }

  /** LlamaAttention.forward */
  private selfAttention (caller: Scope, x: Tensor): Tensor {
    const { run, geometry, queryRows, keyRows, rotary } = this.context
    const { tape } = run
    const scope = new Scope(tape)
    const query = this.project(scope, this.query, x, this.queryNorm, queryRows)
    const key = this.project(scope, this.key, x, this.keyNorm, keyRows)
    const value = this.value.apply(scope, x)
    tape.module = 'rotary'
    const rotate = (t: Tensor): Tensor => this.runtime.fusedKernels.includes('rope') ? fusedRotary(scope, t) : applyRotary(scope, t, rotary!.cos, rotary!.sin)
    const turnedQuery = rotate(query)
    const turnedKey = rotate(key)
    scope.drop(query, key)
    const mixed = attend(scope, turnedQuery, turnedKey, value, geometry, run)
    return scope.return(this.out.apply(scope, mixed), caller)
  }

  private project (scope: Scope, projection: Projection, x: Tensor, norm: Parameter | null, rows: Shape): Tensor {
    const projected = projection.apply(scope, x)
    if (!norm) return projected
    const normed = normalize(scope, projection === this.query ? 'q_norm' : 'k_norm', projected, norm, rows, this.runtime)
    scope.drop(projected)
    return normed
  }
}
