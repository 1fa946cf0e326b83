import type { GatedDeltaNet as Sizes } from '../../../architecture/linearMixer.ts'
import type { Dimension } from '../../result.ts'
import { dimension, Scope, shape, type Shape, type Tensor } from '../../tape/index.ts'
import type { ModelBuilder } from '../builder.ts'
import { add, cast, multiply, passThrough, repeatHeads, silu } from '../elementwise.ts'
import type { Parameter } from '../linear.ts'
import { sigmoid } from '../functional.ts'
import { reciprocalRms } from '../normalization.ts'
import type { Projection } from '../projection.ts'
import type { Run } from '../run.ts'
import { concatenate, split } from '../views.ts'
import { causalConvolution, maskPadding, type DepthwiseConvolution } from './convolution.ts'
import { convolutionKernel, deltaKernel } from './deltaKernels.ts'
import { deltaRuleExtents, type DeltaRuleExtents } from './deltaRuleExtents.ts'
import { gatedDeltaRule } from './gatedDeltaRule.ts'
import { exponential, softplus } from './operations.ts'
import { negative, rebind, reshaped } from './scanOperations.ts'

/** What the input projections make of one layer's input, each per head: q, k and v in a row, the output gate, β and the step. */
interface Projected {
  readonly mixed: Tensor
  readonly gate: Tensor
  readonly beta: Tensor
  readonly step: Tensor
}

/** Two layers, whose outputs lie in groups of heads (Qwen3-Next), or four (Qwen3.5). */
export type DeltaLayout = 'grouped' | 'separate'

/** transformers Qwen3NextGatedDeltaNet and Qwen3_5GatedDeltaNet. */
export class GatedDeltaNet {
  private readonly run: Run
  private readonly sizes: Sizes
  private readonly into: readonly Projection[]
  private readonly out: Projection
  private readonly convolution: DepthwiseConvolution
  private readonly stepBias: Parameter
  private readonly decayLog: Parameter
  private readonly normWeight: Parameter
  private readonly e: NetExtents
  private readonly rule: DeltaRuleExtents

  constructor (builder: ModelBuilder, sizes: Sizes, layout: DeltaLayout) {
    const { run } = builder
    const { batch, sequence, hiddenSize: h } = run
    const layers = (...outputs: (readonly [string, Dimension])[]): Projection[] => outputs.map(([name, out]) => builder.linear(name, out, h, shape(batch, sequence, out), false))
    const { keyHeads, keyHeadDim, valueHeads, valueHeadDim, convKernel } = sizes
    const [keys, values] = [keyHeads * keyHeadDim, valueHeads * valueHeadDim]
    const [nv, v, mixed] = [dimension('nv', valueHeads), dimension('v', values), dimension('2k+v', 2 * keys + values)]
    this.run = run
    this.sizes = sizes
    this.e = netExtents(run, sizes)
    this.rule = deltaRuleExtents(run, valueHeads, keyHeadDim, valueHeadDim)
    this.stepBias = builder.base('linear_attn', shape(nv), 'dt_bias')
    this.decayLog = builder.base('linear_attn', shape(nv), 'A_log')
    this.convolution = { weight: builder.base('conv1d', shape(mixed, dimension('1', 1), dimension('k', convKernel))), bias: null }
    const grouped = layout === 'grouped'
      ? layers(['in_proj_qkvz', dimension('2k+2v', 2 * keys + 2 * values)], ['in_proj_ba', dimension('2nv', 2 * valueHeads)])
      : null
    this.normWeight = builder.base('norm', shape(dimension('dv', valueHeadDim)))
    this.out = builder.linear('out_proj', h, v, run.hidden, false)
    this.into = grouped ?? layers(['in_proj_qkv', mixed], ['in_proj_z', v], ['in_proj_b', nv], ['in_proj_a', nv])
  }

  forward (caller: Scope, x: Tensor): Tensor {
    const { e, sizes } = this
    const { tape } = caller
    const scope = new Scope(tape)
    const masked = maskPadding(scope, x, this.run)
    const { mixed: joined, gate, beta: b, step } = this.project(scope, masked)
    tape.module = 'conv1d'
    const mixed = rebind(scope, joined, this.convolved(scope, joined))
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
    const inputs = { query, key, value: heads[2], beta, decay }
    const fused = this.run.plan.runtime.mixerKernels ?? false
    let core = fused ? deltaKernel(scope, inputs, this.rule, false) : gatedDeltaRule(scope, inputs, this.rule)
    tape.module = 'norm'
    // In fp32 the heads still lie before the tokens.
    if (query.elementSize === 4 && !fused) core = rebind(scope, core, passThrough(scope, core, 'tokens first'))
    core = rebind(scope, core, gatedNorm(scope, core, gate, this.normWeight, e.rows))
    return scope.return(this.out.apply(scope, core), caller)
  }

  private project (scope: Scope, x: Tensor): Projected {
    const made = this.into.map((layer) => layer.apply(scope, x))
    scope.tape.module = 'linear_attn'
    if (made.length > 2) return { mixed: made[0]!, gate: made[1]!, beta: made[2]!, step: made[3]! }
    return this.takeApart(scope, made[0]!, made[1]!)
  }

  /** fix_query_key_value_ordering: parts of a group of heads, copied where heads are counted anew. Both outputs keep their names. */
  private takeApart (scope: Scope, projected: Tensor, rates: Tensor): Projected {
    const { e } = this
    const copied = (view: Tensor, role: string): Tensor => rebind(scope, view, passThrough(scope, view, role))
    const [q, k, v, z] = split(scope, projected, [e.key, e.key, e.value, e.value])
    const [b, a] = split(scope, rates, [e.rows, e.rows])
    const value = copied(v!, 'value')
    const gate = copied(z!, 'output gate')
    const beta = copied(b!, 'β')
    const step = copied(a!, 'step')
    const [query, key] = [copied(q!, 'query'), copied(k!, 'key')]
    const mixed = concatenate(scope, [query, key, value], e.mixed, 'q, k and v')
    scope.drop(query, key, value)
    return { mixed, gate, beta, step }
  }

  private convolved (scope: Scope, x: Tensor): Tensor {
    return this.run.plan.runtime.mixerKernels ? convolutionKernel(scope, x, this.convolution) : causalConvolution(scope, x, this.convolution, 'silu')
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
