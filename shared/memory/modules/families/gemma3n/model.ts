import type { LayerPlace } from '../../../stack.ts'
import { Scope, type Shape, type Storage, type Tensor } from '../../../tape/index.ts'
import type { ModelBuilder } from '../../builder.ts'
import { cast, multiply } from '../../elementwise.ts'
import { divideRows } from '../../indexing.ts'
import type { Projection } from '../../projection.ts'
import { DenseModel } from '../dense/model.ts'
import type { DenseSpec } from '../dense/spec.ts'
import { Gemma4Attention, type KeySource } from '../gemma4/attention.ts'
import { PerLayerEmbedding, SHARED, STORES, type Own } from '../gemma4/model.ts'
import { streamsOf } from './altUp.ts'
import { CutFeedForward } from './feedForward.ts'
import { Gemma3nLayer } from './layer.ts'
import { boundedRoot, mean, raise } from './operations.ts'
import { firstOf, stack } from './streams.ts'

/** In the kinds of layers: the gate is cut. */
export const SPARSE = ' sparse'

/** Gemma3nTextModel: the embedding becomes several streams of equal magnitude, and these one again. */
export class Gemma3nModel extends DenseModel {
  private readonly own: Own
  private readonly perLayer: PerLayerEmbedding
  private readonly checkpointed: boolean
  private readonly into: readonly Projection[]
  private readonly outOf: readonly Projection[]
  private readonly streams: Shape
  private readonly rows: Shape
  /** What the model's frame has names for, in the order of `expand`. */
  private named: readonly Tensor[] = []
  private embeddedSize = 0

  constructor (builder: ModelBuilder, places: readonly LayerPlace[], spec: DenseSpec, own: Own) {
    super(builder, places, spec, (b, context, kind, place) => {
      const base = place.kind.replace(SPARSE, '')
      const source: KeySource = base.endsWith(SHARED) ? 'shared' : base.endsWith(STORES) ? 'stores' : 'own'
      const attention = new Gemma4Attention(b, context, kind, source, false, own.keys)
      return new Gemma3nLayer(b, context, kind, attention, new CutFeedForward(b, place.kind.endsWith(SPARSE)), own.inputs!, own.sizes!.size)
    })
    const { run } = builder
    const { streams } = run.architecture.altUp!
    const projections = (name: string): Projection[] =>
      Array.from({ length: streams - 1 }, () => builder.linear(name, run.hiddenSize, run.hiddenSize, run.hidden, false))
    this.own = own
    this.checkpointed = places.some((place) => place.checkpointed)
    this.perLayer = new PerLayerEmbedding(builder, own.sizes!, run.architecture.layers, true)
    this.into = projections('altup_projections')
    this.outOf = projections('altup_unembed_projections')
    this.streams = streamsOf(run, streams)
    this.rows = run.tokens
  }

  override enter (caller: Scope, x: Tensor): { hidden: Tensor, kept: readonly Storage[], renamed?: boolean } {
    const { tape } = caller
    this.own.keys.begin(this.checkpointed && tape.gradEnabled)
    const scope = new Scope(tape)
    const inputs = this.perLayer.make(scope, x)
    this.own.inputs!.tensor = inputs
    const kept = [tape.retain(inputs.storage), tape.retain(x.storage)]
    scope.close()
    return { hidden: this.expand(caller, x), kept, renamed: true }
  }

  /** Autocast's powers make the magnitudes fp32, and with them the streams. */
  protected override tableSize (x: Tensor): number {
    return this.context.run.tape.autocast ? 4 : x.elementSize
  }

  /** The embedding and projections of it, each brought to the embedding's magnitude. */
  private expand (scope: Scope, x: Tensor): Tensor {
    this.embeddedSize = x.elementSize
    const target = this.magnitude(scope, x)
    const { states, rest } = this.projected(scope, this.into, () => scope.alias(x), target)
    this.named = [target, ...states, ...rest]
    return stack(scope, [x, ...states], this.streams)
  }

  override finalNorm (scope: Scope, streams: Tensor): Tensor {
    const stream = (): Tensor => firstOf(scope, streams, this.context.run.hidden)
    const measured = stream()
    const target = this.magnitude(scope, measured)
    const first = stream()
    const [, ...before] = this.named
    scope.drop(this.named[0]!, ...before.slice(0, this.into.length))
    const { states, rest } = this.projected(scope, this.outOf, stream, target)
    const stacked = stack(scope, [first, ...states], this.streams)
    scope.tape.module = 'norm'
    const merged = mean(scope, stacked, this.context.run.hidden, 'mean of the streams')
    scope.drop(stacked)
    const result = super.finalNorm(scope, merged)
    scope.drop(merged, measured, first, target, ...states, ...rest, ...before.slice(this.into.length))
    this.named = []
    this.own.keys.end()
    return result
  }

  /** mean(x²) ** ½ */
  private magnitude (scope: Scope, x: Tensor): Tensor {
    scope.tape.module = 'altup'
    const squares = raise(scope, x, 'squares')
    const average = mean(scope, squares, this.rows, 'mean of squares')
    scope.drop(squares)
    const result = raise(scope, average, 'magnitude')
    scope.drop(average)
    return result
  }

  /** An input of each layer through it, times target / own magnitude; `rest`: other names that are still bound. */
  private projected (scope: Scope, layers: readonly Projection[], inputOf: () => Tensor, target: Tensor): { states: Tensor[], rest: Tensor[] } {
    const states: Tensor[] = []
    let rest: Tensor[] = []
    for (const layer of layers) {
      const input = inputOf()
      const raw = layer.apply(scope, input)
      scope.drop(input)
      const wide = cast(scope, raw, this.embeddedSize, 'projected stream')
      const [previous, previousMagnitude] = rest
      if (previous) scope.drop(previous)
      const squares = raise(scope, wide, 'squares')
      const average = mean(scope, squares, this.rows, 'mean of squares')
      scope.drop(squares)
      if (previousMagnitude) scope.drop(previousMagnitude)
      const magnitude = boundedRoot(scope, average)
      scope.drop(average)
      const product = multiply(scope, wide, target, 'times the magnitude')
      states.push(divideRows(scope, product, magnitude, 'stream'))
      scope.drop(product)
      if (wide !== raw) scope.drop(wide)
      rest = [raw, magnitude]
    }
    return { states, rest }
  }
}
