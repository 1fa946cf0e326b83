import type { LayerPlace } from '../../../stack.ts'
import { dimension, GradNode, Scope, shape, Tensor, type Shape, type Storage } from '../../../tape/index.ts'
import type { ModelBuilder } from '../../builder.ts'
import { attentionMask, embedding, embeddingTable, headWeight, positionIds, rotaryBuffers, rotaryTables } from '../../decoder.ts'
import { add, dropout, multiply, scale } from '../../elementwise.ts'
import type { Parameter } from '../../linear.ts'
import type { Projection } from '../../projection.ts'
import { FULL, SLIDING, windowKinds } from '../../window.ts'
import type { DecoderLayer, DecoderModel, Head } from '../family.ts'
import { SelfAttention } from './attention.ts'
import { DenseLayer } from './block.ts'
import { ChosenTokens, headsOf, KindContext, type DenseContext } from './context.ts'
import { FeedForward } from './feedForward.ts'
import { streamNorm, type Norm } from './norms.ts'
import { rotaryWidth } from './rotate.ts'
import type { DenseSpec, RotaryStyle } from './spec.ts'

/** Makes one block of a stack. */
export type LayerMaker = (builder: ModelBuilder, context: DenseContext, kind: KindContext, place: LayerPlace) => DecoderLayer

const denseLayer: LayerMaker = (builder, context, kind, place) => {
  const attention = new SelfAttention(builder, context, kind, !place.kind.endsWith(WITHOUT_ROTARY))
  return new DenseLayer(builder, context, kind, attention, new FeedForward(builder, context))
}

/** A dense decoder as its specification says; `makeLayer` for blocks of other parts between the same embedding and head. */
export class DenseModel implements DecoderModel {
  readonly layers: readonly DecoderLayer[]
  readonly head: Head
  protected readonly context: DenseContext
  private readonly table: Parameter
  private readonly tableExtent: Shape
  /** Between an embedding of another width and the blocks (OPT-350M). */
  private readonly projections: { readonly in: Projection, readonly out: Projection } | null
  private readonly positionTable: Parameter | null
  private readonly embeddingNorm: Norm | null
  private readonly norm: Norm | null
  private readonly scaleTensor: Tensor | null

  constructor (builder: ModelBuilder, places: readonly LayerPlace[], spec: DenseSpec, makeLayer: LayerMaker = denseLayer) {
    const { run } = builder
    const kinds = new Map((spec.bothMasks ? [FULL, SLIDING] : []).map((kind) => [kind, new KindContext(run, spec, kind)]))
    for (const { kind } of places) if (!kinds.has(windowOf(kind))) kinds.set(windowOf(kind), new KindContext(run, spec, windowOf(kind)))
    const context: DenseContext = { run, spec, runtime: run.plan.runtime, architecture: run.architecture, kinds, positions: null, chosen: new ChosenTokens() }
    this.context = context
    const width = spec.embeddingWidth ? dimension('e', spec.embeddingWidth) : null
    const table = embeddingTable(builder, width ?? run.hiddenSize, spec.extraRows)
    this.tableExtent = width ? shape(run.batch, run.ids.dimensions[1]!, width) : run.embedded
    this.projections = width
      ? { out: builder.linear('project_out', width, run.hiddenSize, shape(run.batch, run.sequence, width), false), in: builder.linear('project_in', run.hiddenSize, width, run.hidden, false) }
      : null
    this.table = builder.saved('embed_tokens', table)
    this.positionTable = spec.positions ? builder.base('position_embeddings', shape(dimension('positions', spec.positions.rows), run.hiddenSize)) : null
    if (spec.maskBuffer && spec.positions) builder.buffer('bias', shape(dimension('positions', spec.positions.rows), dimension('positions', spec.positions.rows)), 1, 'causal mask')
    this.scaleTensor = spec.embeddingScale === 'tensor' ? this.makeScale(builder) : null
    this.embeddingNorm = spec.embeddingNorm ? streamNorm(builder, spec.norm, 'embedding_layernorm') : null
    this.layers = places.map((place) => {
      builder.train(place.trained)
      return makeLayer(builder, context, kinds.get(windowOf(place.kind))!, place)
    })
    builder.trainOutside()
    this.norm = spec.finalNorm ?? true ? streamNorm(builder, spec.lastNorm ?? spec.norm, 'norm') : null
    const weight = headWeight(builder, table)
    const bias = spec.head.bias ? builder.base('lm_head', shape(run.vocabulary), 'bias') : null
    this.head = { weight, bias, softcap: spec.head.softcap ?? false, scaled: spec.head.scaled ?? false, widensLogits: spec.head.widensLogits ?? false }
    for (const width of this.tableWidths()) rotaryBuffers(builder, width)
  }

  /** Widths of the rotary embeddings: one, or one for either kind of layer. */
  private tableWidths (): number[] {
    const { spec, architecture } = this.context
    const kinds = spec.rotaryPerKind ? [FULL, SLIDING] : [FULL]
    return kinds.map((kind) => tableWidth(spec.rotaryOf?.(kind) ?? spec.attention.rotary, spec.rotaryPerKind ? headsOf(architecture, kind).headDim : architecture.headDim)).filter((width) => width > 0)
  }

  embed (caller: Scope): Tensor {
    const { run } = this.context
    if (!this.scaleTensor) return embedding(caller, run, this.table, this.tableExtent)
    const scope = new Scope(run.tape)
    const embedded = embedding(scope, run, this.table)
    return scope.return(multiply(scope, embedded, this.scaleTensor, 'scaled embedding'), caller)
  }

  share (x: Tensor): readonly Storage[] {
    const { context } = this
    const { run, spec, kinds } = context
    context.positions = this.positionIds()
    context.chosen.begin()
    const made: Storage[] = [context.positions]
    // Whoever passes an attention mask gets one per row (masking_utils.py and_masks); a Trainer without padding passes none.
    const givenMask = run.cache !== null || run.plan.algorithm !== 'sft' || run.masksImages
    for (const kind of kinds.values()) {
      kind.mask = attentionMask(run, x.elementSize, kind.geometry.mask !== null, run.plan.data.padding || givenMask || (spec.chunks === true && kind.kind === SLIDING))
      if (kind.mask) made.push(kind.mask)
    }
    let shared: KindContext['rotary'] = null
    const present = new Set(windowKinds(context.architecture))
    for (const kind of kinds.values()) {
      const { style, geometry } = kind
      // Tables are made for the types of layers that the config has (gemma3 modeling_gemma3.py `set(self.config.layer_types)`).
      if (!style || (spec.rotaryPerKind && !present.has(kind.kind))) continue
      const width = tableWidth(style, geometry.headDim.size)
      const own: KindContext['rotary'] = spec.rotaryPerKind || !shared ? rotaryTables(run, width, FP32_TABLES.includes(style.type) ? 4 : this.tableSize(x), style.perSequence) : null
      if (own) made.push(own.cos.storage, own.sin.storage)
      kind.rotary = shared = own ?? shared
    }
    return made
  }

  /** Bytes of an element of the rotary tables, which have the type of the stream. */
  protected tableSize (x: Tensor): number {
    return x.elementSize
  }

  enter (caller: Scope, x: Tensor): { hidden: Tensor, kept: readonly Storage[], renamed?: boolean } {
    const { run, spec } = this.context
    const { tape } = run
    const kept: Storage[] = []
    const scope = new Scope(tape)
    let hidden = scope.alias(x)
    tape.module = 'embeddings'
    if (spec.embeddingScale === 'number-kept') kept.push(tape.retain(x.storage))
    if (spec.embeddingScale?.startsWith('number')) hidden = scale(scope, hidden, 'scaled embedding')
    if (this.projections) hidden = this.projections.in.apply(scope, hidden)
    if (this.positionTable) {
      const positions = this.positionEmbedding(scope, this.positionTable)
      kept.push(tape.retain(hidden.storage), tape.retain(positions.storage))
      hidden = add(scope, hidden, positions, 'tokens and positions')
    }
    if (this.embeddingNorm) hidden = this.embeddingNorm.apply(scope, hidden)
    if (spec.dropout && spec.dropout.embedding > 0) hidden = dropout(scope, hidden)
    return { hidden: scope.return(hidden, caller), kept, renamed: spec.embeddingScale === 'number-kept' || this.positionTable !== null || this.embeddingNorm !== null }
  }

  finalNorm (scope: Scope, x: Tensor): Tensor {
    const normed = this.norm ? this.norm.apply(scope, x) : scope.alias(x)
    this.context.chosen.end()
    if (!this.projections) return normed
    const result = this.projections.out.apply(scope, normed)
    scope.drop(normed)
    return result
  }

  private positionEmbedding (scope: Scope, table: Parameter): Tensor {
    const { tape, sequence, hiddenSize, hidden } = this.context.run
    const extent = this.context.spec.positions?.perSequence ? hidden : shape(sequence, hiddenSize)
    const trained = tape.gradEnabled && table.requiresGrad
    const node = trained
      ? new GradNode(tape, [table.leaf], [], () => [tape.allocate(table.shape, table.elementSize, 'weight gradient', 'gradients')])
      : null
    return scope.own(new Tensor(tape.allocate(extent, table.elementSize, 'position embeddings'), extent, table.elementSize, trained, node))
  }

  /** position_ids, one row for all sequences; OPT counts them per sequence from an attention mask that it makes where none is given. */
  private positionIds (): Storage {
    const { run, spec } = this.context
    if (!spec.positions?.perSequence) return positionIds(run)
    run.tape.module = 'batch'
    return run.tape.allocate(run.tokens, 8, 'position_ids', 'activations')
  }

  private makeScale (builder: ModelBuilder): Tensor {
    const extent = shape(dimension('1', 1))
    builder.run.tape.module = 'embed_tokens'
    return new Tensor(builder.run.tape.allocate(extent, 4, 'embedding scale', 'weights'), extent, 2, false)
  }
}

const tableWidth = (style: RotaryStyle | null, headDim: number): number => style ? rotaryWidth(headDim, style) : 0

/** Rotary styles whose tables stay in fp32. */
const FP32_TABLES: readonly RotaryStyle['type'][] = ['float', 'interleaved-upcast']

/** Ends the kind of a layer that leaves q and k unturned (SmolLM3, Cohere 2, EXAONE 4). */
export const WITHOUT_ROTARY = ' without rotary'

const windowOf = (kind: string): string => kind.startsWith(SLIDING) ? SLIDING : FULL
