import type { Plan } from '../../../../plan/index.ts'
import { Scope, shape, type Shape, type Tensor } from '../../../tape/index.ts'
import type { ModelBuilder } from '../../builder.ts'
import { normalize } from '../../decoder.ts'
import { cast } from '../../elementwise.ts'
import { layerNorm, layerNorm1P, writtenOutLayerNorm } from '../../layerNorm.ts'
import type { Parameter } from '../../linear.ts'
import { fusedRmsNorm, gemmaRmsNorm, llama4Norm, olmoRmsNorm, powerRmsNorm, wideRmsNorm } from '../../normalization.ts'

/** The norms of transformers' dense decoders, by what their memory depends on. */
export type NormKind =
  | 'power-rms' | 'bare-power-rms' | 'rms' | 'wide-rms' | 'gemma-rms' | 'olmo-rms' | 'llama4-rms'
  | 'layer-norm' | 'layer-norm-without-bias' | 'narrow-layer-norm' | 'written-out-layer-norm' | 'plain-layer-norm' | 'layer-norm-1p'

/** One norm with its weights. */
export class Norm {
  readonly name: string
  private readonly kind: NormKind
  private readonly weight: Parameter | null
  private readonly bias: Parameter | null
  private readonly rows: Shape
  private readonly runtime: Plan['runtime']

  /** `extent`: of the weight. `rows`: one element per normalized vector. */
  constructor (builder: ModelBuilder, kind: NormKind, name: string, extent: Shape, rows: Shape) {
    this.name = name
    this.kind = kind
    this.rows = rows
    this.runtime = builder.run.plan.runtime
    this.weight = kind === 'plain-layer-norm' || kind === 'bare-power-rms' ? null : builder.base(name, extent)
    this.bias = kind === 'layer-norm' || kind === 'layer-norm-1p' ? builder.base(name, extent, 'bias') : null
  }

  /** Of the weight; 0 without one. */
  get elementSize (): number {
    return this.weight?.elementSize ?? 0
  }

  apply (scope: Scope, x: Tensor): Tensor {
    scope.tape.module = this.name
    const { kind, weight, bias, rows, runtime } = this
    const fused = runtime.fusedKernels.includes('rms-norm')
    switch (kind) {
      case 'rms': return normalize(scope, this.name, x, weight!, rows, runtime)
      case 'gemma-rms': return fused ? fusedRmsNorm(scope, x, weight!, rows) : gemmaRmsNorm(scope, x, weight!, rows)
      case 'wide-rms': return fused ? fusedRmsNorm(scope, x, weight!, rows) : wideRmsNorm(scope, x, weight!, rows)
      case 'olmo-rms': return fused ? fusedRmsNorm(scope, x, weight!, rows) : olmoRmsNorm(scope, x, weight!, rows)
      case 'llama4-rms': return fused ? fusedRmsNorm(scope, x, weight!, rows) : llama4Norm(scope, x, weight!, rows)
      case 'power-rms': return fused ? fusedRmsNorm(scope, x, weight!, rows) : powerRmsNorm(scope, x, weight!, rows)
      case 'bare-power-rms': return powerRmsNorm(scope, x, null, rows)
      case 'layer-norm':
      case 'layer-norm-without-bias': return layerNorm(scope, x, { weight, bias }, rows)
      case 'narrow-layer-norm': return narrowLayerNorm(scope, x, weight!, rows)
      case 'written-out-layer-norm': return writtenOutLayerNorm(scope, x, weight!, rows)
      case 'layer-norm-1p': return layerNorm1P(scope, x, weight!, bias!, rows)
      case 'plain-layer-norm': return plainLayerNorm(scope, x, rows)
    }
  }
}

/** transformers OlmoLayerNorm.forward: in fp32, without weights, back to the input's type. */
function plainLayerNorm (caller: Scope, x: Tensor, rows: Shape): Tensor {
  const scope = new Scope(caller.tape)
  const wide = cast(scope, x, 4, 'fp32 copy of the input')
  const normalized = layerNorm(scope, wide, { weight: null, bias: null }, rows)
  if (wide !== x) scope.drop(wide)
  return scope.return(cast(scope, normalized, x.elementSize, 'output'), caller)
}

/** The weight of a norm over the hidden size. */
export const streamNorm = (builder: ModelBuilder, kind: NormKind, name: string): Norm => {
  const { hiddenSize, tokens } = builder.run
  return new Norm(builder, kind, name, shape(hiddenSize), tokens)
}

/** `LayerNorm(x).to(x.dtype)` (DBRX): under autocast the norm itself is in fp32. */
function narrowLayerNorm (scope: Scope, x: Tensor, weight: Parameter, rows: Shape): Tensor {
  const wide = layerNorm(scope, x, { weight, bias: null }, rows)
  const result = cast(scope, wide, x.elementSize, 'output')
  if (result !== wide) scope.drop(wide)
  return result
}
