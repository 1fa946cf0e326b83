import { dimension, Scope, shape, type Tensor } from '../../tape/index.ts'
import type { Dimension } from '../../result.ts'
import { activate } from '../activations.ts'
import type { ModelBuilder } from '../builder.ts'
import { TowerNorm, type TowerNormKind } from './norm.ts'
import type { Projection } from '../projection.ts'

export interface MergerSizes {
  /** Patches along one side of a token. */
  readonly merge: number
  /** Patches, tokens that they are merged into, and their widths. */
  readonly rows: Dimension
  readonly tokens: Dimension
  readonly width: Dimension
  readonly out: Dimension
  readonly norm: TowerNormKind
  /** The norm sees merged patches (the deep ones of Qwen3-VL). */
  readonly normsMerged: boolean
  readonly names: readonly [norm: string, first: string, second: string]
}

/** PatchMerger of Qwen2-VL, Qwen2_5_VLPatchMerger, Qwen3VLVisionPatchMerger: norm, and two linear layers over the patches of a token at once. */
export class PatchMerger {
  private readonly norm: TowerNorm
  private readonly first: Projection
  private readonly second: Projection

  constructor (builder: ModelBuilder, { merge, rows, tokens, width, out, norm, normsMerged, names }: MergerSizes) {
    const merged = dimension(`${merge ** 2}c`, merge ** 2 * width.size)
    this.norm = normsMerged ? new TowerNorm(builder, norm, names[0], shape(merged), shape(tokens)) : new TowerNorm(builder, norm, names[0], shape(width), shape(rows))
    this.first = builder.linear(names[1], merged, merged, shape(tokens, merged), true)
    this.second = builder.linear(names[2], out, merged, shape(tokens, out), true)
  }

  apply (caller: Scope, x: Tensor): Tensor {
    const scope = new Scope(caller.tape)
    const normed = this.norm.apply(scope, x)
    const raised = this.first.apply(scope, normed)
    scope.tape.module = 'merger'
    const activated = activate(scope, raised, 'gelu')
    scope.drop(raised)
    return scope.return(this.second.apply(scope, activated), caller)
  }
}
