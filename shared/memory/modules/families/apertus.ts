import type { Architecture } from '../../../architecture/architecture.ts'
import { dimension, Scope, shape, type Tensor } from '../../tape/index.ts'
import type { ModelBuilder } from '../builder.ts'
import type { Projection } from '../projection.ts'
import { xielu, type XieluParameters } from '../xielu.ts'
import { SelfAttention } from './dense/attention.ts'
import { DenseLayer, type Sublayer } from './dense/block.ts'
import { attention, plainMlp, wholeHeads } from './dense/common.ts'
import { denseFamily, type DenseSpec } from './dense/index.ts'
import { DenseModel } from './dense/model.ts'
import type { Family } from './family.ts'

const apertus = (a: Architecture): DenseSpec => ({
  norm: 'rms',
  order: 'pre',
  attention: attention(a, { rotary: wholeHeads, qkNorm: { kind: 'rms', over: 'head' } }),
  mlp: plainMlp(a, 'up_proj', 'down_proj', 'gelu'),
  head: {}
})

/** ApertusMLP.forward: down(xielu(up(x))). */
class XieluMlp implements Sublayer {
  private readonly up: Projection
  private readonly down: Projection
  private readonly parameters: XieluParameters

  constructor (builder: ModelBuilder) {
    const { batch, sequence, hiddenSize: h, hidden, architecture } = builder.run
    const f = dimension('f', architecture.intermediateSize)
    const one = shape(dimension('1', 1))
    this.up = builder.linear('up_proj', f, h, shape(batch, sequence, f), architecture.mlpBias)
    this.down = builder.linear('down_proj', h, f, hidden, architecture.mlpBias)
    this.parameters = { positive: builder.base('act_fn', one, 'alpha_p'), negative: builder.base('act_fn', one, 'alpha_n') }
    for (const role of ['beta', 'eps']) builder.buffer('act_fn', one, 2, role)
  }

  forward (caller: Scope, x: Tensor): Tensor {
    const scope = new Scope(caller.tape)
    const raised = this.up.apply(scope, x)
    scope.tape.module = 'act_fn'
    const activated = xielu(scope, raised, this.parameters)
    scope.drop(raised)
    return scope.return(this.down.apply(scope, activated), caller)
  }
}

/** Apertus: QK-norm per head, an MLP of two layers with xIELU written out in Python. */
export const apertusFamily: Family = {
  ...denseFamily(['apertus'], 'apertus/modeling_apertus.py', apertus),
  build: (builder, places) => new DenseModel(builder, places, apertus(builder.run.architecture), (b, context, kind) =>
    new DenseLayer(b, context, kind, new SelfAttention(b, context, kind, true), new XieluMlp(b)))
}
