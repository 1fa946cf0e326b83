import type { Architecture } from '../../../../architecture/architecture.ts'
import type { Plan } from '../../../../plan/index.ts'
import type { Storage } from '../../../tape/index.ts'
import { attentionGeometry } from '../../attend.ts'
import type { AttentionGeometry } from '../../attention.ts'
import type { RotaryTables } from '../../decoder.ts'
import type { Projection } from '../../projection.ts'
import type { Run } from '../../run.ts'
import { maskedKind } from '../../window.ts'
import type { DenseSpec } from './spec.ts'

/** What all blocks of one kind share within one forward pass, and their extents. */
export class KindContext {
  readonly kind: string
  readonly geometry: AttentionGeometry
  mask: Storage | null = null
  rotary: RotaryTables | null = null

  constructor (run: Run, spec: DenseSpec, kind: string) {
    const { heads, kvHeads, headDim } = run.architecture
    const { rotary, softcap, narrowSoftmax, dropout } = spec.attention
    this.kind = kind
    this.geometry = {
      ...attentionGeometry(run, heads, kvHeads, headDim, spec.alwaysMasks || maskedKind(run.architecture, run.plan, kind)),
      headsFirst: rotary?.joins ?? false,
      softcap: softcap ?? false,
      narrowSoftmax: narrowSoftmax ?? false,
      dropout: dropout ?? 0
    }
  }
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
}
