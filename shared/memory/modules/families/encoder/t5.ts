import type { Architecture } from '../../../../architecture/architecture.ts'
import { crossEntropy } from '../../crossEntropy.ts'
import { makeLogits } from '../../logits.ts'
import type { LayerPlace } from '../../../stack.ts'
import { dimension, Scope, shape, Tensor, type Storage } from '../../../tape/index.ts'
import type { ModelBuilder } from '../../builder.ts'
import { embedding, embeddingTable, headWeight } from '../../decoder.ts'
import { cast, dropout, output, scale } from '../../elementwise.ts'
import type { Parameter } from '../../linear.ts'
import type { DecoderLayer, DecoderModel, Family, Head } from '../family.ts'
import { requireGradient, T5Block, T5Norm, type T5Context } from './t5Block.ts'

const DECODER = 'decoder'
const FIRST = ' with bias'

/** T5ForConditionalGeneration: the blocks of the encoder, then those of the decoder. */
class T5Model implements DecoderModel {
  readonly layers: readonly DecoderLayer[]
  readonly head: Head
  private readonly builder: ModelBuilder
  private readonly table: Parameter
  private readonly encoder: T5Context
  private readonly decoder: T5Context
  private readonly encoderNorm: T5Norm
  private readonly decoderNorm: T5Norm
  private readonly scales: boolean
  /** inputs_embeds of the stack that runs, held by its frame. */
  private embedded: Storage | null = null

  constructor (builder: ModelBuilder, places: readonly LayerPlace[]) {
    const { run } = builder
    const rate = run.architecture.dropout?.residual ?? 0.1
    this.builder = builder
    this.scales = run.architecture.tiedEmbeddings && run.architecture.modelType === 't5'
    this.table = embeddingTable(builder)
    this.encoder = { rate, isDecoder: false, bias: null, mask: null, crossBias: null, crossMask: null, encoded: null }
    this.decoder = { ...this.encoder, isDecoder: true }
    const enters = (scope: Scope, x: Tensor): Tensor => this.enterDecoder(scope, x)
    this.layers = places.map((place) => {
      builder.train(place.trained)
      const isDecoder = place.kind.startsWith(DECODER)
      const isFirst = place.kind.endsWith(FIRST)
      return new T5Block(builder, isDecoder ? this.decoder : this.encoder, isFirst, isDecoder && isFirst ? enters : null)
    })
    builder.trainOutside()
    this.encoderNorm = new T5Norm(builder, 'encoder.final_layer_norm')
    this.decoderNorm = new T5Norm(builder, 'decoder.final_layer_norm')
    const weight = headWeight(builder, this.table)
    this.head = { weight, bias: null, softcap: false, scaled: false, loss: (scope, hidden) => this.loss(scope, hidden) }
  }

  embed (caller: Scope): Tensor {
    return embedding(caller, this.builder.run, this.table)
  }

  /** Masks of the encoder: none where nothing is padded. The decoder's own attention is causal, and its keys of the encoder are masked like those. */
  share (x: Tensor): readonly Storage[] {
    const { run } = this.builder
    const { tape, plan, batch, sequence } = run
    const eager = plan.runtime.attention === 'eager'
    const size = eager ? x.elementSize : 1
    const one = dimension('1', 1)
    const make = (role: string): Tensor => {
      tape.module = 'attention_mask'
      const extent = shape(batch, one, sequence, sequence)
      return new Tensor(tape.allocate(extent, size, role, 'activations'), extent, size, false)
    }
    const padded = plan.data.padding ? make('padding mask') : null
    this.encoder.mask = padded
    this.decoder.crossMask = plan.data.padding ? make('padding mask of the encoder') : null
    this.decoder.mask = eager ? make('causal mask') : null
    tape.module = 'batch'
    const ids = tape.allocate(run.ids, 8, 'decoder_input_ids', 'activations')
    // The embedding keeps its ids.
    if (tape.gradEnabled && this.table.requiresGrad) tape.keepWithGraph(ids)
    return [ids, ...[this.encoder.mask, this.decoder.crossMask, this.decoder.mask].filter((t) => t !== null).map((t) => t.storage)]
  }

  enter (caller: Scope, x: Tensor): { hidden: Tensor, kept: readonly Storage[], renamed: boolean } {
    this.hold(x)
    this.encoder.bias = this.decoder.bias = this.decoder.crossBias = null
    return { hidden: this.thinned(caller, x, false), kept: [], renamed: true }
  }

  /** The encoder's last norm, then the decoder's embedding. */
  private enterDecoder (scope: Scope, x: Tensor): Tensor {
    const { run } = this.builder
    // The encoder's frame is left.
    this.encoder.bias?.drop()
    const normed = this.encoderNorm.apply(scope, x)
    this.decoder.encoded = run.encoded = this.thinned(scope, normed, true)
    this.hold(null)
    const embedded = embedding(scope, run, this.table)
    // enable_input_require_grads hooks the embedding of both stacks.
    if (run.tape.gradEnabled && run.plan.runtime.checkpointing !== 'none' && !embedded.requiresGrad) requireGradient(run.tape, embedded)
    this.hold(embedded)
    return this.thinned(scope, embedded, true)
  }

  private hold (embedded: Tensor | null): void {
    const { tape } = this.builder.run
    if (this.embedded) tape.release(this.embedded)
    this.embedded = embedded && tape.retain(embedded.storage)
  }

  finalNorm (scope: Scope, x: Tensor): Tensor {
    const result = this.thinned(scope, this.decoderNorm.apply(scope, x), true)
    for (const bias of [this.decoder.bias, this.decoder.crossBias]) bias?.drop()
    this.hold(null)
    return result
  }

  private thinned (scope: Scope, x: Tensor, consumes: boolean): Tensor {
    if (this.encoder.rate === 0) return consumes ? x : scope.alias(x)
    const result = dropout(scope, x)
    if (consumes) scope.drop(x)
    return result
  }

  /** CrossEntropyLoss over the logits as they are; autocast computes it in fp32. Nothing is shifted. */
  private loss (caller: Scope, hidden: Tensor): { loss: Tensor, logits: Tensor } {
    const { run } = this.builder
    const { tape } = run
    const scope = new Scope(tape)
    tape.category = 'logits-and-loss'
    const scaled = this.scales ? scale(scope, hidden, 'scaled hidden states') : hidden
    const logits = makeLogits(scope, scaled, this.head, run)
    const inner = new Scope(tape)
    tape.module = 'cross_entropy'
    const wide = tape.autocast ? cast(inner, logits, 4, 'logits in fp32') : logits
    const loss = inner.return(crossEntropy(inner, wide, output(inner, shape(dimension('0', 0)), 8, 'labels, flattened')), scope)
    tape.category = 'activations'
    const handed = { loss: scope.hand(loss, caller), logits: scope.hand(logits, caller) }
    scope.close()
    return handed
  }
}

function layerKinds ({ layers, decoderLayers }: Architecture): string[] {
  const stack = (name: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${name}${i === 0 ? FIRST : ''}`)
  return [...stack('encoder', layers), ...stack(DECODER, decoderLayers ?? layers)]
}

function linearLayers (a: Architecture): ReadonlyMap<string, readonly [number, number]> {
  const { hiddenSize: h, intermediateSize: f } = a
  const width = a.heads * a.headDim
  return new Map<string, readonly [number, number]>([
    ['q', [width, h]], ['k', [width, h]], ['v', [width, h]], ['o', [h, width]],
    ...(a.mlpType === 'geglu' ? ['wi_0', 'wi_1'] : ['wi']).map((name) => [name, [f, h]] as const),
    ['wo', [h, f]]
  ])
}

/** T5, Flan-T5 and mT5: encoder and decoder, a learned bias of distance in the first block of each. */
export const t5Family: Family = {
  modelTypes: ['t5', 'mt5'],
  source: 'transformers models/t5/modeling_t5.py',
  linearLayers,
  layerKinds,
  build: (builder, places) => new T5Model(builder, places)
}
