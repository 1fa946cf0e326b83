import type { ShortConvolution } from '../../../architecture/linearMixer.ts'
import { dimension, Scope, shape, type Shape, type Tensor } from '../../tape/index.ts'
import type { ModelBuilder } from '../builder.ts'
import { multiply } from '../elementwise.ts'
import type { Projection } from '../projection.ts'
import type { Run } from '../run.ts'
import { split } from '../views.ts'
import { causalConvolution, maskPadding, type DepthwiseConvolution } from './convolution.ts'

/** transformers Lfm2ShortConv: a convolution over few tokens between two gates, B and C. */
export class ShortConv {
  private readonly run: Run
  private readonly convolution: DepthwiseConvolution
  private readonly into: Projection
  private readonly out: Projection
  private readonly part: Shape

  constructor (builder: ModelBuilder, { convKernel, bias = false }: ShortConvolution) {
    const { run } = builder
    const { batch, sequence, hiddenSize: h } = run
    const all = dimension('3h', 3 * h.size)
    this.run = run
    this.part = run.hidden
    this.convolution = {
      weight: builder.base('conv', shape(h, dimension('1', 1), dimension('k', convKernel))),
      bias: bias ? builder.base('conv', shape(h), 'bias') : null
    }
    this.into = builder.linear('in_proj', all, h, shape(batch, sequence, all), bias)
    this.out = builder.linear('out_proj', h, h, run.hidden, bias)
  }

  forward (caller: Scope, x: Tensor): Tensor {
    const { part } = this
    const scope = new Scope(caller.tape)
    const masked = maskPadding(scope, x, this.run)
    const all = this.into.apply(scope, masked)
    const [b, c, value] = split(scope, all, [part, part, part])
    scope.tape.module = 'conv'
    const gated = multiply(scope, b!, value!, 'B · x')
    scope.drop(masked)
    const mixed = causalConvolution(scope, gated, this.convolution, null)
    scope.drop(gated)
    const result = multiply(scope, c!, mixed, 'C · conv(B · x)')
    return scope.return(this.out.apply(scope, result), caller)
  }
}
