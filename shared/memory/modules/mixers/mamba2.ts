import type { Mamba2 } from '../../../architecture/linearMixer.ts'
import { dimension, Scope, shape, type Shape, type Tensor } from '../../tape/index.ts'
import { ELEMENT_SIZE } from '../../floatType.ts'
import type { ModelBuilder } from '../builder.ts'
import { cast, scale, silu } from '../elementwise.ts'
import type { Parameter } from '../linear.ts'
import type { Projection } from '../projection.ts'
import type { Run } from '../run.ts'
import { split } from '../views.ts'
import { chunkScan, chunkSizes, type ChunkSizes } from './chunkScan.ts'
import { causalConvolution, maskPadding, type DepthwiseConvolution } from './convolution.ts'
import { fusedKernel } from './fusedKernel.ts'
import { gatedNorm, type GateNorm } from './gatedNorm.ts'
import { exponential, times, viewed } from './operations.ts'

/** In what a family's Mamba-2 layer differs from Mamba2Mixer. */
export interface Mamba2Habits {
  readonly gate: GateNorm
  /** The norm is over each group of channels instead of all. */
  readonly normsGroups?: boolean
  /** The input is multiplied by a number, what the first projection makes by a vector (Falcon-H1). */
  readonly multipliers?: boolean
}

/** transformers models/mamba2/modeling_mamba2.py Mamba2Mixer without mamba-ssm and causal-conv1d, and its heirs. */
export class Mamba2Layer {
  private readonly run: Run
  private readonly habits: Mamba2Habits
  private readonly sizes: ChunkSizes
  private readonly extents: Readonly<Record<'projected' | 'inner' | 'mixed' | 'state' | 'rows', Shape>>
  private readonly convolution: DepthwiseConvolution
  private readonly into: Projection
  private readonly out: Projection
  private readonly dtBias: Parameter
  private readonly aLog: Parameter
  private readonly d: Parameter
  private readonly norm: Parameter | null
  private readonly multipliers: Tensor | null

  constructor (builder: ModelBuilder, mixer: Mamba2, habits: Mamba2Habits) {
    const { run } = builder
    const { batch, sequence, hiddenSize } = run
    const { innerSize, heads, groups, stateSize, convKernel, convBias = true, bias = false, outBias = bias } = mixer
    const [inner, h, state] = [dimension('d', innerSize), dimension('nh', heads), dimension('g·n', groups * stateSize)]
    const mixed = dimension('d+2gn', innerSize + 2 * state.size)
    const all = dimension('2d+2gn+nh', innerSize + mixed.size + heads)
    this.run = run
    this.habits = habits
    this.sizes = chunkSizes(run, mixer)
    this.extents = {
      projected: shape(batch, sequence, all),
      inner: shape(batch, sequence, inner),
      mixed: shape(batch, sequence, mixed),
      state: shape(batch, sequence, state),
      rows: habits.normsGroups ? shape(batch, sequence, dimension('g', groups)) : run.tokens
    }
    this.dtBias = builder.base('mixer', shape(h), 'dt_bias')
    this.aLog = builder.base('mixer', shape(h), 'A_log')
    this.d = builder.base('mixer', shape(h), 'D')
    this.convolution = {
      weight: builder.base('conv1d', shape(mixed, dimension('1', 1), dimension('k', convKernel))),
      bias: convBias ? builder.base('conv1d', shape(mixed), 'bias') : null
    }
    this.into = builder.linear('in_proj', all, hiddenSize, this.extents.projected, bias)
    this.norm = habits.gate === 'none' ? null : builder.base('norm', shape(inner))
    this.out = builder.linear('out_proj', hiddenSize, inner, run.hidden, outBias)
    this.multipliers = habits.multipliers ? builder.frozen('mixer', shape(all), ELEMENT_SIZE[run.plan.precision.weights]) : null
  }

  forward (caller: Scope, x: Tensor): Tensor {
    const { run, extents, habits, sizes, multipliers } = this
    const { tape } = run
    const scope = new Scope(tape)
    tape.module = 'mixer'
    let input = maskPadding(scope, x, run)
    if (multipliers) input = rebound(scope, input, scale(scope, input, 'input, multiplied'))
    let projected = this.into.apply(scope, input)
    tape.module = 'mixer'
    if (multipliers) projected = rebound(scope, projected, times(scope, projected, multipliers, extents.projected, 'projections, multiplied'))
    const a = this.decay(scope)
    if (run.plan.runtime.mixerKernels) return scope.return(this.fused(scope, projected, a), caller)
    const [gate, mixed, dt] = split(scope, projected, [extents.inner, extents.mixed, sizes.steps])
    tape.module = 'conv1d'
    const convolved = causalConvolution(scope, mixed!, this.convolution, 'silu')
    scope.drop(mixed!)
    tape.module = 'mixer'
    const masked = rebound(scope, convolved, maskPadding(scope, convolved, run))
    const parts = split(scope, masked, [extents.inner, extents.state, extents.state])
    scope.drop(input)
    tape.module = 'scan'
    const [hs, b, c] = parts.map((part, i) => viewed(scope, part, i === 0 ? sizes.heads : sizes.grouped))
    const scanned = chunkScan(scope, { x: hs!, dt: dt!, a, b: b!, c: c!, d: this.d, dtBias: this.dtBias }, sizes)
    const flat = viewed(scope, scanned, extents.inner)
    tape.module = 'norm'
    const gated = this.norm
      ? gatedNorm(scope, flat, gate!, this.norm, extents.rows, habits.gate)
      : this.gated(scope, flat, gate!)
    const narrow = cast(scope, gated, x.elementSize, 'in the input type')
    const result = this.out.apply(scope, narrow)
    return scope.return(result, caller)
  }

  /**
   * mamba_ssm ops/triton/ssd_combined.py MambaSplitConv1dScanCombinedFn: keeps what the first projection made and the scan's output;
   * convolution and chunk states are made again in the backward pass. The weight of out_proj is used inside.
   */
  private fused (scope: Scope, projected: Tensor, a: Tensor): Tensor {
    const { run, extents, sizes, convolution } = this
    const size = projected.elementSize
    const states = [sizes.chunkStates.own, 4, 'chunk states'] as const
    const convolved = [extents.mixed, size, 'convolution'] as const
    const inner = [extents.inner, size, 'output before the norm'] as const
    const steps = [[sizes.padded.steps, 4, 'dt'], [sizes.padded.steps, 4, 'A, summed']] as const
    return fusedKernel(scope, [projected, a, this.dtBias, this.d, convolution.weight, convolution.bias, this.norm, this.out.weight], {
      extent: run.hidden,
      elementSize: size,
      keepsInput: true,
      keeps: [[extents.inner, size, 'scan output'], ...this.norm ? [[extents.rows, 4, 'reciprocal root mean square'] as const] : []],
      forward: [convolved, ...steps, states, inner],
      backward: [convolved, ...steps, states, states, inner, inner, inner]
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

  /** scan · silu(gate) */
  private gated (scope: Scope, x: Tensor, gate: Tensor): Tensor {
    const open = silu(scope, gate)
    const result = times(scope, x, open, x.shape, 'gated')
    scope.drop(open)
    return result
  }
}

function rebound (scope: Scope, old: Tensor, next: Tensor): Tensor {
  if (next !== old) scope.drop(old)
  return next
}
