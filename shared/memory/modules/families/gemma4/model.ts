import type { Architecture } from '../../../../architecture/architecture.ts'
import type { LayerPlace } from '../../../stack.ts'
import { dimension, Scope, shape, Tensor, type Shape } from '../../../tape/index.ts'
import type { ModelBuilder } from '../../builder.ts'
import { embedding } from '../../decoder.ts'
import { add, multiply, scale } from '../../elementwise.ts'
import type { Parameter } from '../../linear.ts'
import type { Projection } from '../../projection.ts'
import { FeedForward } from '../dense/feedForward.ts'
import { DenseModel } from '../dense/model.ts'
import { Norm } from '../dense/norms.ts'
import type { DenseSpec } from '../dense/spec.ts'
import { perLayerSizes, type PerLayerSizes } from '../perLayerInput.ts'
import { Gemma4Attention, type KeySource } from './attention.ts'
import { Gemma4Layer, scaleInPlace, type PerLayerInputs } from './layer.ts'
import { SharedKeys } from './sharedKeys.ts'

/** What blocks of this model share besides what all dense ones do. */
export interface Own {
  readonly keys: SharedKeys
  readonly inputs: PerLayerInputs | null
  readonly sizes: PerLayerSizes | null
}

/** In the kinds of layers: where their keys come from, and that their values are keys or their MLP is wider. */
export const SHARED = ' shared'
export const STORES = ' stores'

export class Gemma4Model extends DenseModel {
  private readonly own: Own
  private readonly perLayer: PerLayerEmbedding | null
  private readonly checkpointed: boolean

  constructor (builder: ModelBuilder, places: readonly LayerPlace[], spec: DenseSpec, own: Own) {
    super(builder, places, spec, (b, context, kind, place) => {
      const source: KeySource = place.kind.endsWith(SHARED) ? 'shared' : place.kind.endsWith(STORES) ? 'stores' : 'own'
      const { kEqV, intermediateSize } = groupOf(b.run.architecture, place.kind)
      const attention = new Gemma4Attention(b, context, kind, source, kEqV, own.keys)
      return new Gemma4Layer(b, context, kind, attention, new FeedForward(b, context, intermediateSize), own.inputs, own.sizes?.size ?? 1)
    })
    this.own = own
    this.checkpointed = places.some((place) => place.checkpointed)
    this.perLayer = own.sizes ? new PerLayerEmbedding(builder, own.sizes, builder.run.architecture.layers) : null
  }

  override enter (caller: Scope, x: Tensor): ReturnType<DenseModel['enter']> {
    const entered = super.enter(caller, x)
    const { tape } = caller
    this.own.keys.begin(this.checkpointed && tape.gradEnabled)
    if (!this.perLayer || !this.own.inputs) return entered
    const scope = new Scope(tape)
    const inputs = this.perLayer.make(scope, x)
    this.own.inputs.tensor = inputs
    const kept = [...entered.kept, tape.retain(inputs.storage)]
    scope.close()
    return { ...entered, kept }
  }

  override finalNorm (scope: Scope, x: Tensor): Tensor {
    const result = super.finalNorm(scope, x)
    this.own.keys.end()
    return result
  }
}

/** The sizes of layers of one kind where their group has its own. */
export function groupOf (a: Architecture, kind: string): { kEqV: boolean, intermediateSize: number } {
  const group = a.layerGroups?.find((g) => (g.attention === 'sliding') === kind.startsWith('sliding') && (g.kvShared ?? false) === kind.endsWith(SHARED))
  return { kEqV: group?.kEqV ?? false, intermediateSize: group?.intermediateSize ?? a.intermediateSize }
}

export const makeOwn = (builder: ModelBuilder): Own => {
  const sizes = perLayerSizes(builder.run.architecture)
  return { keys: new SharedKeys(builder.run.tape), inputs: sizes ? { tensor: null } : null, sizes }
}

/** get_per_layer_inputs and project_per_layer_inputs: a second embedding, and a projection of the first, normed and added. */
export class PerLayerEmbedding {
  private readonly table: Parameter
  private readonly tableScale: Tensor
  private readonly projection: Projection
  private readonly norm: Norm
  private readonly packed: Shape
  private readonly extent: Shape
  private readonly builder: ModelBuilder
  /** The projection is multiplied in place, by a tensor (Gemma 3n). */
  private readonly inPlace: boolean

  constructor (builder: ModelBuilder, { size, rows }: PerLayerSizes, count: number, inPlace = false) {
    const { batch, sequence, hiddenSize, tape } = builder.run
    const [layers, p] = [dimension('L', count), dimension('p', size)]
    const width = dimension('L·p', layers.size * size)
    const one = shape(dimension('1', 1))
    this.builder = builder
    this.inPlace = inPlace
    this.packed = shape(batch, sequence, width)
    this.extent = shape(batch, sequence, layers, p)
    this.table = builder.base('embed_tokens_per_layer', shape(dimension('V', rows), width))
    this.tableScale = new Tensor(tape.allocate(one, 4, 'embedding scale', 'weights'), one, 2, false)
    this.projection = builder.linear('per_layer_model_projection', width, hiddenSize, this.packed, false)
    this.norm = new Norm(builder, 'power-rms', 'per_layer_projection_norm', shape(p), shape(batch, sequence, layers))
  }

  make (caller: Scope, x: Tensor): Tensor {
    const { run } = this.builder
    const scope = new Scope(run.tape)
    const raw = embedding(scope, run, this.table, this.packed)
    const looked = reshaped(scope, multiply(scope, raw, this.tableScale, 'per-layer embedding'), this.extent)
    const inner = new Scope(run.tape)
    const projected = this.projection.apply(inner, x)
    const scaled = reshaped(inner, this.inPlace ? scaleInPlace(inner, projected, this.tableScale.storage) : scale(inner, projected), this.extent)
    if (!this.inPlace) inner.drop(projected)
    const normed = this.norm.apply(inner, scaled)
    inner.drop(scaled)
    const sum = add(inner, normed, looked, 'projection and embedding')
    const result = inner.return(scale(inner, sum, 'per-layer inputs'), scope)
    return scope.return(result, caller)
  }
}

/** A view of another extent; consumes the handle. */
function reshaped (scope: Scope, x: Tensor, extent: Shape): Tensor {
  const result = new Tensor(scope.tape.retain(x.storage), extent, x.elementSize, x.requiresGrad, x.node, x.leaf)
  scope.drop(x)
  return scope.own(result)
}
