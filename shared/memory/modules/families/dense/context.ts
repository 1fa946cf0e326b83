import type { Architecture } from '../../../../architecture/architecture.ts'
import type { Plan } from '../../../../plan/index.ts'
import { dimension, shape, type Scope, type Shape, type Storage, type Tensor } from '../../../tape/index.ts'
import { attentionGeometry } from '../../attend.ts'
import type { AttentionGeometry } from '../../attention.ts'
import type { RotaryTables } from '../../decoder.ts'
import type { Projection } from '../../projection.ts'
import type { Run } from '../../run.ts'
import { maskedKind, SLIDING } from '../../window.ts'
import type { DenseSpec, RotaryStyle } from './spec.ts'

/** Indices that a layer returns beside its output and that the next one is given (GLM-5.2): the model's frame holds the last ones. */
export class ChosenTokens {
  /** An argument of the next block. */
  held: Tensor | null = null
  /** Known once the first layer has chosen. */
  extent: Shape | null = null
  private holder: Scope | null = null
  /** Whether the blocks run for the first time, not again for the backward pass. */
  private first = true

  begin (): void {
    this.first = true
  }

  end (): void {
    if (this.held) this.holder?.drop(this.held)
    this.first = false
    this.held = null
    this.holder = null
  }

  /** Returns `indices` from the layer's frame, or those that it was given. */
  pass (layer: Scope, scope: Scope, indices: Tensor | null): void {
    const model = layer.caller ?? layer
    if (!this.first) {
      if (indices) scope.hand(indices, model)
      return
    }
    if (!indices) return
    const before = this.held
    this.held = scope.hand(indices, model)
    this.extent = indices.shape
    if (before) this.holder?.drop(before)
    this.holder = model
  }
}

/** What all blocks of one kind share within one forward pass, and their extents. */
export class KindContext {
  readonly kind: string
  readonly geometry: AttentionGeometry
  /** How q and k are turned in layers of this kind. */
  readonly style: RotaryStyle | null
  mask: Storage | null = null
  rotary: RotaryTables | null = null

  constructor (run: Run, spec: DenseSpec, kind: string) {
    const { heads, kvHeads, headDim } = headsOf(run.architecture, kind)
    const { softcap, mathKernel, narrowSoftmax, bareSoftmax, dropout } = spec.attention
    const rotary = this.style = spec.rotaryOf?.(kind) ?? spec.attention.rotary
    this.kind = kind
    this.geometry = {
      ...attentionGeometry(run, heads, kvHeads, headDim, spec.alwaysMasks || run.masksImages || maskedKind(run.architecture, run.plan, kind, run.cache !== null)),
      ...valueExtent(run, heads, headDim),
      headsFirst: rotary?.joins ?? false,
      softcap: softcap ?? false,
      mathKernel: mathKernel ?? false,
      narrowSoftmax: narrowSoftmax ?? false,
      bareSoftmax: bareSoftmax ?? false,
      dropout: dropout ?? 0
    }
  }
}

/** Values of a width of their own (MiMo V2). */
function valueExtent ({ batch, sequence, architecture: { vHeadDim, mla } }: Run, heads: number, headDim: number): Pick<AttentionGeometry, 'value'> {
  return vHeadDim === undefined || vHeadDim === headDim || mla ? {} : { value: shape(batch, sequence, dimension('nh', heads), dimension('d_v', vHeadDim)) }
}

/** The heads of the layers of one kind: those of their group where it has its own (Laguna, Gemma 4), else the stack's. */
export function headsOf (a: Architecture, kind: string): Pick<Architecture, 'heads' | 'kvHeads' | 'headDim'> {
  const own = a.layerGroups?.find((group) => (group.attention === 'sliding') === kind.startsWith(SLIDING) && group.mixer === 'attention')
  return { heads: own?.heads ?? a.heads, kvHeads: own?.kvHeads ?? a.kvHeads, headDim: own?.headDim ?? a.headDim }
}

/** The layer, its weight marked where the model multiplies by a view of it. */
export function asUsed (layer: Projection, spec: DenseSpec): Projection {
  if (spec.viewsWeights && layer.weight) layer.weight.viewed = true
  return layer
}

export interface DenseContext {
  readonly run: Run
  readonly spec: DenseSpec
  readonly runtime: Plan['runtime']
  readonly architecture: Architecture
  readonly kinds: ReadonlyMap<string, KindContext>
  /** position_ids of this forward pass. */
  positions: Storage | null
  /** The choice of tokens that one layer hands to the next. */
  readonly chosen: ChosenTokens
}
