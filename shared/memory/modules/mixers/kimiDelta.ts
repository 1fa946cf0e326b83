import type { KimiDeltaAttention as Sizes } from '../../../architecture/linearMixer.ts'
import { dimension, edgeOf, GradNode, Scope, shape, type Shape, type Tensor } from '../../tape/index.ts'
import type { ModelBuilder } from '../builder.ts'
import { add, cast, gradient, multiply, needsGrad, output, passThrough } from '../elementwise.ts'
import type { Parameter } from '../linear.ts'
import { sigmoid } from '../functional.ts'
import { reciprocalRms } from '../normalization.ts'
import type { Projection } from '../projection.ts'
import type { Run } from '../run.ts'
import { concatenate, split } from '../views.ts'
import { causalConvolution, maskPadding, type DepthwiseConvolution } from './convolution.ts'
import { convolutionKernel, deltaKernel } from './deltaKernels.ts'
import { deltaRuleExtents, type DeltaRuleExtents } from './deltaRuleExtents.ts'
import { kimiDeltaRule } from './kimiDeltaRule.ts'
import { exponential } from './operations.ts'
import { negative, rebind, reshaped } from './scanOperations.ts'

/** transformers KimiLinearDeltaAttention: a gated delta rule whose decay has a value per channel. */
export class KimiDelta {
  private readonly run: Run
  private readonly heads: readonly [Projection, Projection, Projection]
  private readonly convolution: DepthwiseConvolution
  private readonly forget: { readonly down: Projection, readonly up: Projection, readonly bias: Parameter, readonly rate: Parameter }
  private readonly beta: Projection
  private readonly gate: readonly [Projection, Projection]
  private readonly normWeight: Parameter
  private readonly out: Projection
  private readonly e: { readonly head: Shape, readonly rows: Shape, readonly mixed: Shape }
  private readonly rule: DeltaRuleExtents

  constructor (builder: ModelBuilder, { heads, headDim, convKernel }: Sizes) {
    const { run } = builder
    const { batch, sequence, hiddenSize: h } = run
    const [nh, d, q, all] = [dimension('nh', heads), dimension('d', headDim), dimension('q', heads * headDim), dimension('3q', 3 * heads * headDim)]
    const [head, narrow] = [shape(batch, sequence, nh, d), shape(batch, sequence, d)]
    this.run = run
    this.e = { head, rows: shape(batch, sequence, nh), mixed: shape(batch, sequence, all) }
    this.rule = deltaRuleExtents(run, heads, headDim, headDim)
    const projection = (name: string): Projection => builder.linear(name, q, h, head, false)
    this.heads = [projection('q_proj'), projection('k_proj'), projection('v_proj')]
    this.convolution = { weight: builder.base('conv1d', shape(all, dimension('1', 1), dimension('k', convKernel))), bias: null }
    this.forget = {
      bias: builder.base('forget_gate', shape(q), 'dt_bias'),
      rate: builder.base('forget_gate', shape(nh), 'A_log'),
      down: builder.linear('f_a_proj', d, h, narrow, false),
      up: builder.linear('f_b_proj', q, d, head, false)
    }
    this.beta = builder.linear('b_proj', nh, h, this.e.rows, false)
    this.gate = [builder.linear('g_a_proj', d, h, narrow, false), builder.linear('g_b_proj', q, d, head, false)]
    this.normWeight = builder.base('o_norm', shape(d))
    this.out = builder.linear('o_proj', h, q, run.hidden, false)
  }

  forward (caller: Scope, x: Tensor): Tensor {
    const { e } = this
    const { tape } = caller
    const scope = new Scope(tape)
    const hidden = maskPadding(scope, x, this.run)
    const projected = this.heads.map((layer) => layer.apply(scope, hidden))
    tape.module = 'conv1d'
    const joined = concatenate(scope, projected, e.mixed, 'q, k and v')
    scope.drop(...projected)
    const fused = this.run.plan.runtime.mixerKernels ?? false
    const mixed = rebind(scope, joined, fused ? convolutionKernel(scope, joined, this.convolution) : causalConvolution(scope, joined, this.convolution, 'silu'))
    const parts = split(scope, mixed, [e.head, e.head, e.head])
    const [query, key, value] = parts.map((t) => rebind(scope, t, reshaped(scope, t, t.shape))) as [Tensor, Tensor, Tensor]
    const decay = this.decay(scope, hidden)
    const rawBeta = this.beta.apply(scope, hidden)
    const beta = rebind(scope, rawBeta, sigmoid(scope, rawBeta))
    const inputs = { query, key, value, beta, decay }
    const core = fused ? deltaKernel(scope, inputs, this.rule, true) : kimiDeltaRule(scope, inputs, this.rule)
    const narrow = this.gate[0].apply(scope, hidden)
    const gate = rebind(scope, narrow, this.gate[1].apply(scope, narrow))
    tape.module = 'o_norm'
    const normed = gatedSigmoidNorm(scope, core, gate, this.normWeight, e.rows)
    return scope.return(this.out.apply(scope, normed), caller)
  }

  /** KimiLinearForgetGate: −exp(A) · softplus, written out, of a low-rank projection in fp32. */
  private decay (caller: Scope, x: Tensor): Tensor {
    const { down, up, bias, rate } = this.forget
    const scope = new Scope(caller.tape)
    const narrow = down.apply(scope, x)
    const raw = rebind(scope, narrow, up.apply(scope, narrow))
    scope.tape.module = 'forget_gate'
    const [wide, shift] = [cast(scope, raw, 4, 'in fp32'), cast(scope, bias, 4, 'dt in fp32')]
    const g = add(scope, wide, shift, 'g')
    scope.drop(...[wide, shift].filter((t) => t !== raw && t !== bias))
    const log = cast(scope, rate, 4, 'A in fp32')
    const speed = exponential(scope, log, 'exp(A)')
    const soft = this.softplus(scope, g)
    const slope = negative(scope, speed)
    return scope.return(multiply(scope, slope, soft, 'decay'), caller)
  }

  /** torch.where(g > 20, g, log(1 + exp(g))) */
  private softplus (scope: Scope, g: Tensor): Tensor {
    const { tape } = scope
    const large = output(scope, g.shape, 1, 'g > 20')
    const grown = exponential(scope, g, 'exp(g)')
    const raised = rebind(scope, grown, passThrough(scope, grown, '1 + exp(g)'))
    const one = (): readonly [ReturnType<typeof gradient>] => [gradient(tape, g.shape, 4)]
    const needs = needsGrad(tape, g)
    const logNode = needs ? new GradNode(tape, [edgeOf(raised)], [raised.storage], one) : null
    const log = output(scope, g.shape, 4, 'log(1 + exp(g))', logNode)
    scope.drop(raised)
    const node = needs ? new GradNode(tape, [edgeOf(g), edgeOf(log)], [large.storage], () => [gradient(tape, g.shape, 4), gradient(tape, g.shape, 4)]) : null
    const result = output(scope, g.shape, 4, 'softplus', node)
    scope.drop(large, log)
    return result
  }
}

/** transformers KimiLinearRMSNormGated: all in fp32, times the sigmoid of a gate. */
function gatedSigmoidNorm (caller: Scope, x: Tensor, gate: Tensor, weight: Parameter, rows: Shape): Tensor {
  const scope = new Scope(caller.tape)
  const x32 = x.elementSize === 4 ? scope.alias(x) : cast(scope, x, 4, 'fp32 copy of the input')
  const rstd = reciprocalRms(scope, x32, rows)
  const normalized = multiply(scope, x32, rstd, 'normalized')
  scope.drop(x32, rstd)
  const wideWeight = cast(scope, weight, 4, 'weight in fp32')
  const scaled = multiply(scope, wideWeight, normalized, 'scaled')
  scope.drop(normalized, ...(wideWeight === weight ? [] : [wideWeight]))
  const wide = cast(scope, gate, 4, 'gate in fp32')
  const open = sigmoid(scope, wide)
  if (wide !== gate) scope.drop(wide)
  const gated = multiply(scope, scaled, open, 'gated')
  scope.drop(open, scaled)
  return scope.return(cast(scope, gated, x.elementSize, 'output'), caller)
}
