import type { Mamba1 } from '../../../architecture/linearMixer.ts'
import { dimension, Scope, shape, type Shape, type Tensor } from '../../tape/index.ts'
import { ELEMENT_SIZE } from '../../floatType.ts'
import type { ModelBuilder } from '../builder.ts'
import { cast, passThrough, scale } from '../elementwise.ts'
import type { Parameter } from '../linear.ts'
import { rmsNorm } from '../normalization.ts'
import { Projection } from '../projection.ts'
import type { Run } from '../run.ts'
import { split } from '../views.ts'
import { causalConvolution, maskPadding, type DepthwiseConvolution } from './convolution.ts'
import { fusedKernel, type Buffer } from './fusedKernel.ts'
import { exponential, reshaped, viewed } from './operations.ts'
import { scanSizes, type ScanSizes } from './scanSteps.ts'
import { selectiveScan } from './selectiveScan.ts'
import { weightlessRmsNorm, weightTimes } from './timeSteps.ts'

/** selective_scan_fwd_kernel.cuh: one kept state per so many tokens. */
const STATES_EVERY = 2048

/** In what a family's Mamba layer differs from MambaMixer: norms of dt, B and C, without weights (Falcon-Mamba) or with (Jamba). */
export interface Mamba1Habits {
  readonly norms: 'none' | 'weightless' | 'weighted'
  /** The layer first offers its inputs to the fused kernel, which brings bias and D to fp32 (all but Jamba). */
  readonly offersFusion: boolean
}

/** transformers models/mamba/modeling_mamba.py MambaMixer without mamba-ssm, and its heirs. */
export class Mamba1Layer {
  private readonly run: Run
  private readonly habits: Mamba1Habits
  private readonly sizes: ScanSizes
  private readonly extents: Readonly<Record<'inner' | 'rank' | 'state', Shape>>
  private readonly convolution: DepthwiseConvolution
  private readonly into: Projection
  private readonly select: Projection
  private readonly dtWeight: Projection
  private readonly out: Projection
  private readonly aLog: Parameter
  private readonly d: Parameter
  private readonly norms: readonly Parameter[]

  constructor (builder: ModelBuilder, mixer: Mamba1, habits: Mamba1Habits) {
    const { run } = builder
    const { batch, sequence, hiddenSize } = run
    const { innerSize, stateSize, convKernel, dtRank, convBias = true, bias = false } = mixer
    const [inner, n, r] = [dimension('d', innerSize), dimension('n', stateSize), dimension('r', dtRank)]
    const [both, selected] = [dimension('2d', 2 * innerSize), dimension('r+2n', dtRank + 2 * stateSize)]
    this.run = run
    this.habits = habits
    this.sizes = scanSizes(run, mixer)
    this.extents = { inner: shape(batch, sequence, inner), rank: shape(batch, sequence, r), state: shape(batch, sequence, n) }
    this.aLog = builder.base('mixer', shape(inner, n), 'A_log')
    this.d = builder.base('mixer', shape(inner), 'D')
    this.convolution = {
      weight: builder.base('conv1d', shape(inner, dimension('1', 1), dimension('k', convKernel))),
      bias: convBias ? builder.base('conv1d', shape(inner), 'bias') : null
    }
    this.into = builder.linear('in_proj', both, hiddenSize, shape(batch, sequence, both), bias)
    this.select = builder.linear('x_proj', selected, inner, shape(batch, sequence, selected), false)
    // MambaMixer multiplies by dt_proj.weight itself, which only a weight that is left out of quantization allows.
    this.dtWeight = habits.norms === 'none'
      ? new Projection('dt_proj', builder.base('dt_proj', shape(inner, r)), shape(inner, r), builder.base('dt_proj', shape(inner), 'bias'), this.extents.inner, null)
      : builder.linear('dt_proj', inner, r, this.extents.inner, true)
    this.out = builder.linear('out_proj', hiddenSize, inner, run.hidden, bias)
    const [dtNorm, stateNorm] = [shape(r), shape(n)]
    this.norms = habits.norms === 'weighted' ? [dtNorm, stateNorm, stateNorm].map((extent, i) => builder.base(`${['dt', 'b', 'c'][i]!}_layernorm`, extent)) : []
    if (habits.norms === 'weightless') [shape(inner), stateNorm, stateNorm].forEach((extent) => builder.frozen('layernorm', extent, ELEMENT_SIZE[run.plan.precision.weights]))
  }

  forward (caller: Scope, x: Tensor): Tensor {
    const { run, extents, sizes } = this
    const { tape } = run
    const scope = new Scope(tape)
    const input = maskPadding(scope, x, run)
    const projected = this.into.apply(scope, input)
    tape.module = 'mixer'
    const a = this.decay(scope)
    if (run.plan.runtime.mixerKernels) return scope.return(this.fused(scope, projected, a), caller)
    if (this.habits.offersFusion) this.offerFusion(scope)
    const [mixed, gate] = split(scope, projected, [extents.inner, extents.inner])
    tape.module = 'conv1d'
    const convolved = causalConvolution(scope, mixed!, this.convolution, 'silu')
    scope.drop(mixed!)
    tape.module = 'mixer'
    const masked = maskPadding(scope, convolved, run)
    if (masked !== convolved) scope.drop(convolved)
    masked.tokensLast = true
    const selection = this.select.apply(scope, masked)
    const parts = split(scope, selection, [extents.rank, extents.state, extents.state])
    scope.drop(selection)
    const [rank, b, c] = this.normed(scope, parts)
    const dt = this.timeSteps(scope, rank!)
    scope.drop(rank!)
    tape.module = 'scan'
    const bias = this.dtWeight.bias!
    const dtBias = cast(scope, bias, 4, 'bias in fp32')
    const d = scope.alias(cast(scope, this.d, 4, 'D in fp32'))
    const scanned = selectiveScan(scope, { x: reshaped(scope, masked, sizes.inner), dt, a, b: b!, c: c!, d, gate: gate!, dtBias }, sizes)
    const back = viewed(scope, scanned, extents.inner)
    back.tokensLast = true
    const narrow = cast(scope, back, x.elementSize, 'in the input type')
    return scope.return(this.out.apply(scope, narrow), caller)
  }

  /**
   * mamba_ssm ops/selective_scan_interface.py MambaInnerFn: keeps a contiguous copy of what the first projection made, the selection,
   * B, C, the scan's states every 2,048 tokens and its output; convolution and dt are made again in the backward pass. Jamba calls
   * the scan's kernel alone, which keeps convolution and dt too.
   */
  private fused (scope: Scope, projected: Tensor, a: Tensor): Tensor {
    const { run, extents, convolution, habits } = this
    const size = projected.elementSize
    const inner = (role: string): Buffer => [extents.inner, size, role]
    const state = (role: string): Buffer => [extents.state, size, role]
    const [batch, , channels] = extents.inner.dimensions
    const scanned = shape(batch!, channels!, dimension('⌈s/2048⌉', Math.ceil(run.sequence.size / STATES_EVERY)), dimension('2n', 2 * extents.state.dimensions[2]!.size))
    const remade = ['convolution', 'dt'].map(inner)
    return fusedKernel(scope, [
      projected, a, this.d, convolution.weight, convolution.bias, this.select.weight, this.dtWeight.weight, this.dtWeight.bias, this.out.weight, ...this.norms
    ], {
      extent: run.hidden,
      elementSize: size,
      keepsInput: false,
      keeps: [
        [projected.shape, size, 'projections, tokens last'], [this.select.output, size, 'selection'], state('B'), state('C'),
        [scanned, 4, 'states of the scan'], inner('scan output'), ...habits.offersFusion ? [] : remade
      ],
      forward: [...habits.offersFusion ? remade : [], inner('gated output')],
      backward: [...habits.offersFusion ? remade : [], ...['gated output', 'its gradient', 'gradient of dt', 'gradient of the convolution'].map(inner)]
    })
  }

  /** A = −exp(A_log.float()) */
  private decay (scope: Scope): Tensor {
    const wide = cast(scope, this.aLog, 4, 'A_log in fp32')
    const power = exponential(scope, wide, 'exp(A_log)')
    if (wide !== this.aLog) scope.drop(wide)
    const result = scale(scope, power, 'A')
    scope.drop(power)
    return result
  }

  /** The arguments of mamba_inner_fn, which makes nothing without the package. */
  private offerFusion (scope: Scope): void {
    const given = [this.out.bias, this.d, this.dtWeight.bias].flatMap((t) => t && t.elementSize < 4 ? [cast(scope, t, 4, 'argument in fp32')] : [])
    scope.drop(...given)
  }

  /** Norms of dt, B and C, each in place of what it norms. */
  private normed (scope: Scope, parts: readonly Tensor[]): readonly Tensor[] {
    const { run, habits: { norms } } = this
    if (norms === 'none') return parts
    return parts.map((part, i) => {
      scope.tape.module = 'layernorm'
      const result = norms === 'weighted' ? rmsNorm(scope, part, this.norms[i]!, run.tokens) : weightlessRmsNorm(scope, part, run.tokens)
      scope.drop(part)
      return result
    })
  }

  /** `dt_proj.weight @ dt`; a quantized layer is called, and its bias taken off again. */
  private timeSteps (scope: Scope, rank: Tensor): Tensor {
    const { dtWeight, sizes } = this
    scope.tape.module = 'dt_proj'
    if (dtWeight.weight) return weightTimes(scope, dtWeight.weight, rank, sizes.inner)
    const biased = dtWeight.apply(scope, rank)
    const result = passThrough(scope, biased, 'without the bias')
    scope.drop(biased)
    return reshapedOwned(scope, result, sizes.inner)
  }
}

function reshapedOwned (scope: Scope, x: Tensor, extent: Shape): Tensor {
  const view = reshaped(scope, x, extent)
  scope.drop(x)
  return view
}
