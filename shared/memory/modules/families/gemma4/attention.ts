import { dimension, Scope, shape, type Shape, type Tensor } from '../../../tape/index.ts'
import { attend, headRows } from '../../attend.ts'
import type { ModelBuilder } from '../../builder.ts'
import type { Projection } from '../../projection.ts'
import { applyRotary } from '../../rotary.ts'
import type { Sublayer } from '../dense/block.ts'
import type { DenseContext, KindContext } from '../dense/context.ts'
import { Norm } from '../dense/norms.ts'
import type { SharedKeys } from './sharedKeys.ts'

/** Whose keys and values a layer uses: its own, its own that later layers use too, or those of an earlier layer. */
export type KeySource = 'own' | 'stores' | 'shared'

/** Gemma4TextAttention: norms on q, k and v, values from the key projection where it has none of their own. */
export class Gemma4Attention implements Sublayer {
  private readonly context: DenseContext
  private readonly kind: KindContext
  private readonly source: KeySource
  private readonly keys: SharedKeys
  private readonly query: readonly [Projection, Norm]
  private readonly key: readonly [Projection, Norm] | null
  private readonly value: readonly [Projection | null, Norm] | null
  private readonly out: Projection

  constructor (builder: ModelBuilder, context: DenseContext, kind: KindContext, source: KeySource, valuesAreKeys: boolean, keys: SharedKeys) {
    const { run } = context
    const { heads, kvHeads, headDim, query } = kind.geometry
    const { hiddenSize: h, batch, sequence } = run
    const extent = shape(batch, sequence, kvHeads, headDim)
    const [q, k] = [dimension('q', heads.size * headDim.size), dimension('k', kvHeads.size * headDim.size)]
    const norm = (name: string, count: number, weightless = false): Norm =>
      new Norm(builder, weightless ? 'bare-power-rms' : 'power-rms', name, shape(headDim), headRows(run, 'n', count))
    const layer = (name: string, out: typeof q, output: Shape): Projection => builder.linear(name, out, h, output, false)
    this.context = context
    this.kind = kind
    this.source = source
    this.keys = keys
    this.query = [layer('q_proj', q, query), norm('q_norm', heads.size)]
    const own = source !== 'shared'
    this.key = own ? [layer('k_proj', k, extent), norm('k_norm', kvHeads.size)] : null
    this.value = own ? [valuesAreKeys ? null : layer('v_proj', k, extent), norm('v_norm', kvHeads.size, true)] : null
    this.out = builder.linear('o_proj', h, q, run.hidden, false)
  }

  forward (caller: Scope, x: Tensor): Tensor {
    const { run } = this.context
    const scope = new Scope(run.tape)
    const query = this.turned(scope, this.query[1], this.query[0].apply(scope, x))
    const { key, value } = this.key && this.value ? this.made(scope, x, this.key, this.value) : this.keys.of(this.kind.kind)
    return scope.return(this.out.apply(scope, attend(scope, query, key, value, this.kind.geometry, run)), caller)
  }

  private made (scope: Scope, x: Tensor, [keyLayer, keyNorm]: readonly [Projection, Norm], [valueLayer, valueNorm]: readonly [Projection | null, Norm]): { key: Tensor, value: Tensor } {
    const raw = keyLayer.apply(scope, x)
    const rawValue = valueLayer ? valueLayer.apply(scope, x) : scope.alias(raw)
    const ownKey = this.turned(scope, keyNorm, raw)
    const ownValue = valueNorm.apply(scope, rawValue)
    scope.drop(rawValue)
    const { prefix, tape } = this.context.run
    const [key, value] = prefix?.extend(scope, ownKey, ownValue, tape.layer) ?? [ownKey, ownValue]
    if (this.source === 'stores') this.keys.store(this.kind.kind, key, value)
    return { key, value }
  }

  private turned (scope: Scope, norm: Norm, x: Tensor): Tensor {
    const normed = norm.apply(scope, x)
    scope.drop(x)
    scope.tape.module = 'rotary'
    const result = applyRotary(scope, normed, this.kind.rotary!.cos, this.kind.rotary!.sin)
    scope.drop(normed)
    return result
  }
}
