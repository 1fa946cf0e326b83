import type { GatedDeltaNet as Sizes } from '../../../architecture/linearMixer.ts'
import { dimension, Scope, shape, type Shape, type Tensor } from '../../tape/index.ts'
import type { ModelBuilder } from '../builder.ts'
import { add, cast, multiply, passThrough, repeatHeads, silu } from '../elementwise.ts'
import type { Parameter } from '../linear.ts'
import { sigmoid } from '../moe/operations.ts'
import { reciprocalRms } from '../normalization.ts'
import type { Projection } from '../projection.ts'
import type { Run } from '../run.ts'
import { concatenate, split } from '../views.ts'
import { causalConvolution, maskPadding, type DepthwiseConvolution } from './convolution.ts'
import { deltaRuleExtents, type DeltaRuleExtents } from './deltaRuleExtents.ts'
import { gatedDeltaRule } from './gatedDeltaRule.ts'
import { exponential, softplus } from './operations.ts'
import { negative, rebind, reshaped } from './scanOperations.ts'

/** transformers Qwen3NextGatedDeltaNet: one layer makes q, k, v and the output gate, another β and the decay. */
export class GatedDeltaNet {
  private readonly run: Run
  private readonly sizes: Sizes
  private readonly into: Projection
  private readonly intoRates: Projection
  private readonly out: Projection
  private readonly convolution: DepthwiseConvolution
  private readonly stepBias: Parameter
  private readonly decayLog: Parameter
  private readonly normWeight: Parameter
  private readonly e: NetExtents
  private readonly rule: DeltaRuleExtents

  constructor (builder: ModelBuilder, sizes: Sizes) {
    const { run } = builder
    const { batch, sequence, hiddenSize: h } = run
    const { keyHeads, keyHeadDim, valueHeads, valueHeadDim, convKernel } = sizes
    const [keys, values] = [keyHeads * keyHeadDim, valueHeads * valueHeadDim]
    const nv = shape(dimension('nv', valueHeads))
    const [all, rates, mixed] = [dimension('2k+2v', 2 * keys + 2 * values), dimension('2nv', 2 * valueHeads), dimension('2k+v', 2 * keys + values)]
    this.run = run
    this.sizes = sizes
    this.e = netExtents(run, sizes)
    this.rule = deltaRuleExtents(run, valueHeads, keyHeadDim, valueHeadDim)
    this.stepBias = builder.base('linear_attn', nv, 'dt_bias')
    this.decayLog = builder.base('linear_attn', nv, 'A_log')
    this.convolution = { weight: builder.base('conv1d', shape(mixed, dimension('1', 1), dimension('k', convKernel))), bias: null }
    this.into = builder.linear('in_proj_qkvz', all, h, shape(batch, sequence, all), false)
    this.intoRates = builder.linear('in_proj_ba', rates, h, shape(batch, sequence, rates), false)
    this.normWeight = builder.base('norm', shape(dimension('dv', valueHeadDim)))
    this.out = builder.linear('out_proj', h, dimension('v', values), run.hidden, false)
  }

  forward (caller: Scope, x: Tensor): Tensor {
    const { e, sizes } = this
    const { tape } = caller
    const scope = new Scope(tape)
    const masked = maskPadding(scope, x, this.run)
    const projected = this.into.apply(scope, masked)
    const rates = this.intoRates.apply(scope, masked)
    tape.module = 'linear_attn'
    const { query: q0, key: k0, value: v0, gate, beta: b, step } = this.takeApart(scope, projected, rates)
    const joined = concatenate(scope, [q0, k0, v0], e.mixed, 'q, k and v')
    scope.drop(q0, k0, v0)
    tape.module = 'conv1d'
    const mixed = rebind(scope, joined, causalConvolution(scope, joined, this.convolution, 'silu'))
    tape.module = 'linear_attn'
    const parts = split(scope, mixed, [e.key, e.key, e.value])
    const repeats = sizes.valueHeads > sizes.keyHeads
    // The gradient of transposed heads is copied on its way back, where the heads' own sum has not done so.
    const heads = parts.map((t, i) => rebind(scope, t, reshaped(scope, t, t.shape, i === 2 || !repeats))) as [Tensor, Tensor, Tensor]
    let [query, key] = heads
    const beta = sigmoid(scope, b)
    const decay = this.decay(scope, step)
    if (repeats) {
      query = rebind(scope, query, repeatHeads(scope, query, e.repeatedKey, true))
      key = rebind(scope, key, repeatHeads(scope, key, e.repeatedKey, true))
    }
    let core = gatedDeltaRule(scope, { query, key, value: heads[2], beta, decay }, this.rule)
    tape.module = 'norm'
    // In fp32 the heads still lie before the tokens.
    if (query.elementSize === 4) core = rebind(scope, core, passThrough(scope, core, 'tokens first'))
    core = rebind(scope, core, gatedNorm(scope, core, gate, this.normWeight, e.rows))
    return scope.return(this.out.apply(scope, core), caller)
  }

  /** fix_query_key_value_ordering: parts of a group of heads, copied where heads are counted anew. */
  private takeApart (caller: Scope, projected: Tensor, rates: Tensor): Record<'query' | 'key' | 'value' | 'gate' | 'beta' | 'step', Tensor> {
    const { e } = this
    const [query, key, value0, gate0] = split(caller, projected, [e.key, e.key, e.value, e.value])
    const [beta0, step0] = split(caller, rates, [e.rows, e.rows])
    const value = rebind(caller, value0!, passThrough(caller, value0!, 'value'))
    const gate = rebind(caller, gate0!, passThrough(caller, gate0!, 'output gate'))
    const beta = rebind(caller, beta0!, passThrough(caller, beta0!, 'β'))
    const step = rebind(caller, step0!, passThrough(caller, step0!, 'step'))
    const copies = [query!, key!].map((t) => rebind(caller, t, passThrough(caller, t, 'heads in a row')))
    return { query: copies[0]!, key: copies[1]!, value, gate, beta, step }
  }

  /** −exp(A) · softplus(a + dt), in fp32. */
  private decay (scope: Scope, step: Tensor): Tensor {
    const log = cast(scope, this.decayLog, 4, 'A in fp32')
    const rate = rebindOwn(scope, log, this.decayLog, exponential(scope, log, 'exp(A)'))
    const slope = rebind(scope, rate, negative(scope, rate))
    const wide = cast(scope, step, 4, 'step in fp32')
    const shifted = add(scope, wide, this.stepBias, 'step + dt')
    if (wide !== step) scope.drop(wide)
    const size = rebind(scope, shifted, softplus(scope, shifted))
    const result = multiply(scope, slope, size, 'decay')
    scope.drop(slope, size)
    return result
  }
}

const rebindOwn = (scope: Scope, copy: Tensor, original: Tensor, next: Tensor): Tensor => {
  if (copy !== original) scope.drop(copy)
  return next
}

interface NetExtents {
  readonly key: Shape
  readonly repeatedKey: Shape
  readonly value: Shape
  /** [b, s, nv] */
  readonly rows: Shape
  readonly mixed: Shape
}

function netExtents ({ batch, sequence }: Run, { keyHeads, keyHeadDim, valueHeads, valueHeadDim }: Sizes): NetExtents {
  const [nv, dk] = [dimension('nv', valueHeads), dimension('dk', keyHeadDim)]
  return {
    key: shape(batch, sequence, dimension('nk', keyHeads), dk),
    repeatedKey: shape(batch, sequence, nv, dk),
    value: shape(batch, sequence, nv, dimension('dv', valueHeadDim)),
    rows: shape(batch, sequence, nv),
    mixed: shape(batch, sequence, dimension('2k+v', 2 * keyHeads * keyHeadDim + valueHeads * valueHeadDim))
  }
}

/** transformers Qwen3NextRMSNormGated: an RMSNorm whose output is multiplied by silu of a gate in fp32. */
function gatedNorm (caller: Scope, x: Tensor, gate: Tensor, weight: Parameter, rows: Shape): Tensor {
  const scope = new Scope(caller.tape)
  const x32 = x.elementSize === 4 ? scope.alias(x) : cast(scope, x, 4, 'fp32 copy of the input')
  const rstd = reciprocalRms(scope, x32, rows)
  const normalized = multiply(scope, x32, rstd, 'normalized')
  scope.drop(x32, rstd)
  const narrow = cast(scope, normalized, x.elementSize, 'normalized, input type')
  const scaled = multiply(scope, narrow, weight, 'scaled')
  scope.drop(narrow, normalized)
  const wide = cast(scope, gate, 4, 'gate in fp32')
  const open = silu(scope, wide)
  if (wide !== gate) scope.drop(wide)
  const gated = multiply(scope, scaled, open, 'gated')
  scope.drop(open, scaled)
  return scope.return(cast(scope, gated, x.elementSize, 'output'), caller)
}
