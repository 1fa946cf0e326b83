import type { Architecture } from '../../../../architecture/architecture.ts'
import type { LayerPlace } from '../../../stack.ts'
import { dimension, GradNode, Scope, shape, Tensor, type Shape, type Storage } from '../../../tape/index.ts'
import { activate } from '../../activations.ts'
import { attend, attentionGeometry } from '../../attend.ts'
import type { AttentionGeometry } from '../../attention.ts'
import type { ModelBuilder } from '../../builder.ts'
import { embedding, embeddingTable } from '../../decoder.ts'
import { add, dropout, output } from '../../elementwise.ts'
import type { Parameter } from '../../linear.ts'
import type { Projection } from '../../projection.ts'
import { streamNorm, type Norm } from '../dense/norms.ts'
import type { DecoderLayer, DecoderModel, Family, Head } from '../family.ts'
import { SequenceClassifier } from './classifier.ts'

/** What all blocks of one model share. */
interface Context {
  readonly geometry: AttentionGeometry
  readonly rate: number
  mask: Storage | null
}

/** BertLayer: attention and MLP, each followed by dropout, the sum with its input, and a LayerNorm. */
class BertLayer implements DecoderLayer {
  readonly positional = true
  private readonly builder: ModelBuilder
  private readonly context: Context
  private readonly heads: readonly Projection[]
  private readonly attentionOut: readonly [Projection, Norm]
  private readonly intermediate: Projection
  private readonly out: readonly [Projection, Norm]

  constructor (builder: ModelBuilder, context: Context) {
    const { run } = builder
    const { hiddenSize: h, hidden, batch, sequence, architecture } = run
    const f = dimension('f', architecture.intermediateSize)
    this.builder = builder
    this.context = context
    this.heads = ['query', 'key', 'value'].map((name) => builder.linear(name, h, h, context.geometry.query, true))
    this.attentionOut = [builder.linear('dense', h, h, hidden, true), streamNorm(builder, 'layer-norm', 'attention.output.LayerNorm')]
    this.intermediate = builder.linear('dense', f, h, shape(batch, sequence, f), true)
    this.out = [builder.linear('dense', h, f, hidden, true), streamNorm(builder, 'layer-norm', 'output.LayerNorm')]
  }

  arguments (): readonly Storage[] {
    return this.context.mask ? [this.context.mask] : []
  }

  forward (caller: Scope, x: Tensor): Tensor {
    const scope = new Scope(caller.tape)
    const mixed = this.mix(scope, x)
    const attended = this.joined(scope, this.attentionOut, mixed, x)
    scope.drop(mixed)
    return scope.return(this.feedForward(scope, attended), caller)
  }

  private mix (caller: Scope, x: Tensor): Tensor {
    const scope = new Scope(caller.tape)
    const [query, key, value] = this.heads.map((layer) => layer.apply(scope, x))
    return scope.return(attend(scope, query!, key!, value!, this.context.geometry, this.builder.run), caller)
  }

  private feedForward (caller: Scope, x: Tensor): Tensor {
    const scope = new Scope(caller.tape)
    const raised = this.intermediate.apply(scope, x)
    scope.tape.module = 'act_fn'
    const activated = activate(scope, raised, 'gelu')
    scope.drop(raised)
    return scope.return(this.joined(scope, this.out, activated, x), caller)
  }

  /** BertSelfOutput, BertOutput. */
  private joined (caller: Scope, [dense, norm]: readonly [Projection, Norm], x: Tensor, residual: Tensor): Tensor {
    const scope = new Scope(caller.tape)
    let output = dense.apply(scope, x)
    if (this.context.rate > 0) {
      const kept = dropout(scope, output)
      scope.drop(output)
      output = kept
    }
    scope.tape.module = 'residual'
    const sum = add(scope, output, residual)
    return scope.return(norm.apply(scope, sum), caller)
  }
}

/** BertModel or RobertaModel with a head for sequence classification. */
class BertModel implements DecoderModel {
  readonly layers: readonly DecoderLayer[]
  readonly head: Head
  private readonly builder: ModelBuilder
  private readonly context: Context
  private readonly isRoberta: boolean
  private readonly words: Parameter
  private readonly positions: Parameter
  private readonly types: Parameter
  private readonly norm: Norm

  constructor (builder: ModelBuilder, places: readonly LayerPlace[]) {
    const { run } = builder
    const { architecture: a, hiddenSize: h, plan } = run
    const { embedding: rate, attention } = a.dropout ?? { embedding: 0.1, attention: 0.1 }
    this.builder = builder
    this.isRoberta = a.modelType !== 'bert'
    this.context = {
      geometry: { ...attentionGeometry(run, a.heads, a.heads, a.headDim, plan.data.padding), bareSoftmax: true, unmasked: !plan.data.padding, dropout: attention },
      rate,
      mask: null
    }
    this.words = embeddingTable(builder)
    this.positions = builder.base('position_embeddings', shape(dimension('positions', a.learnedPositionEmbeddings ?? 512), h))
    this.types = builder.base('token_type_embeddings', shape(dimension('types', a.typeVocabSize ?? 2), h))
    this.norm = streamNorm(builder, 'layer-norm', 'embeddings.LayerNorm')
    for (const role of ['position_ids', 'token_type_ids']) builder.buffer('embeddings', shape(dimension('positions', a.learnedPositionEmbeddings ?? 512)), 8, role)
    this.layers = places.map((place) => {
      builder.train(place.trained)
      return new BertLayer(builder, this.context)
    })
    builder.trainOutside()
    const classifier = new SequenceClassifier(builder, this.isRoberta, rate)
    this.head = { weight: classifier.weight, bias: null, softcap: false, scaled: false, labels: shape(run.batch), loss: (scope, hidden) => classifier.loss(scope, hidden) }
  }

  embed (caller: Scope): Tensor {
    return embedding(caller, this.builder.run, this.words)
  }

  /** create_bidirectional_mask: none where nothing is padded. */
  share (x: Tensor): readonly Storage[] {
    const { tape, plan, batch, sequence, keys } = this.builder.run
    tape.module = 'attention_mask'
    const size = plan.runtime.attention === 'eager' ? x.elementSize : 1
    this.context.mask = plan.data.padding ? tape.allocate(shape(batch, dimension('1', 1), sequence, keys), size, 'padding mask', 'activations') : null
    return this.context.mask ? [this.context.mask] : []
  }

  enter (caller: Scope, x: Tensor): { hidden: Tensor, kept: readonly Storage[] } {
    const { run } = this.builder
    const { tape, sequence, hidden, hiddenSize } = run
    const scope = new Scope(tape)
    tape.module = 'embeddings'
    const rows = this.isRoberta ? hidden : shape(sequence, hiddenSize)
    // Every row has ids of its own in RoBERTa, which counts positions from the tokens.
    const ids = (role: string): Storage => output(scope, this.isRoberta ? run.tokens : shape(sequence), 8, role).storage
    const positionIds = this.isRoberta ? ids('position_ids') : null
    const types = this.looked(scope, this.types, hidden, ids('token_type_ids'))
    const first = add(scope, x, types)
    const positions = this.looked(scope, this.positions, rows, positionIds)
    const second = add(scope, first, positions)
    scope.drop(first)
    const normed = this.norm.apply(scope, second)
    scope.drop(second)
    const result = this.context.rate > 0 ? dropout(scope, normed) : normed
    return { hidden: scope.return(result, caller), kept: [] }
  }

  finalNorm (scope: Scope, x: Tensor): Tensor {
    return scope.alias(x)
  }

  /** nn.Embedding: keeps the ids. */
  private looked (scope: Scope, table: Parameter, extent: Shape, ids: Storage | null): Tensor {
    const { tape } = scope
    const trained = tape.gradEnabled && table.requiresGrad
    const node = trained
      ? new GradNode(tape, [table.leaf], ids ? [ids] : [], () => [tape.allocate(table.shape, table.elementSize, 'weight gradient', 'gradients')])
      : null
    return scope.own(new Tensor(tape.allocate(extent, table.elementSize, 'output'), extent, table.elementSize, trained, node))
  }
}

function linearLayers ({ hiddenSize: h, intermediateSize: f }: Architecture): ReadonlyMap<string, readonly [number, number]> {
  return new Map<string, readonly [number, number]>([...['query', 'key', 'value'].map((name) => [name, [h, h]] as const), ['dense', [f, h]]])
}

/** BERT, RoBERTa and XLM-RoBERTa (BGE): trained as sequence classifiers, whose head has the parameters of the pooler that checkpoints have. */
export const bertFamily: Family = {
  modelTypes: ['bert', 'roberta', 'xlm-roberta'],
  source: 'transformers models/bert/modeling_bert.py',
  linearLayers,
  layerKinds: (a) => Array.from({ length: a.layers }, () => 'full'),
  build: (builder, places) => new BertModel(builder, places)
}
