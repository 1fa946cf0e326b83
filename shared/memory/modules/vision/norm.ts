import type { Scope, Shape, Tensor } from '../../tape/index.ts'
import type { ModelBuilder } from '../builder.ts'
import { layerNorm } from '../layerNorm.ts'
import type { Parameter } from '../linear.ts'
import { rmsNorm } from '../normalization.ts'

export type TowerNormKind = 'layer-norm' | 'rms'

/** nn.LayerNorm or an RMSNorm over packed patches. */
export class TowerNorm {
  private readonly name: string
  private readonly weight: Parameter
  private readonly bias: Parameter | null
  private readonly rows: Shape

  constructor (builder: ModelBuilder, kind: TowerNormKind, name: string, extent: Shape, rows: Shape) {
    this.name = name
    this.rows = rows
    this.weight = builder.base(name, extent)
    this.bias = kind === 'layer-norm' ? builder.base(name, extent, 'bias') : null
  }

  apply (scope: Scope, x: Tensor): Tensor {
    scope.tape.module = this.name
    const { weight, bias, rows } = this
    return bias ? layerNorm(scope, x, { weight, bias }, rows) : rmsNorm(scope, x, weight, rows)
  }
}
