import type { Architecture } from '../../../architecture/architecture.ts'
import type { Scope, Tensor } from '../../tape/index.ts'
import { scale } from '../elementwise.ts'
import { DenseLayer } from './dense/block.ts'
import { attention, gatedMlp } from './dense/common.ts'
import { FeedForward } from './dense/feedForward.ts'
import { denseFamily, type DenseSpec } from './dense/index.ts'
import { DenseModel } from './dense/model.ts'
import type { Family } from './family.ts'
import { LatentSelfAttention } from './mixture/latentAttention.ts'
import { latentLayers } from './mixture/linearLayers.ts'

const minicpm3 = (a: Architecture): DenseSpec => ({
  norm: 'rms',
  order: 'pre',
  attention: attention(a, { rotary: { fraction: 1, width: a.mla!.qkRopeHeadDim, joins: false, type: 'activations' } }),
  mlp: gatedMlp(a),
  embeddingScale: 'tensor',
  residualMultiplier: true,
  head: {}
})

class MiniCpm3Model extends DenseModel {
  /** MiniCPM3ForCausalLM.forward divides the last hidden states, which the model's output keeps. */
  override finalNorm (scope: Scope, x: Tensor): Tensor {
    return scale(scope, super.finalNorm(scope, x), 'scaled hidden states')
  }
}

/** MiniCPM 3: latent attention with a dense MLP; embedding, sublayers and last hidden states multiplied by numbers. */
export const minicpm3Family: Family = {
  ...denseFamily(['minicpm3'], 'minicpm3/modeling_minicpm3.py', minicpm3),
  linearLayers: (a) => new Map<string, readonly [number, number]>([
    ...latentLayers(a, a.mla!),
    ...['gate_proj', 'up_proj'].map((name) => [name, [a.intermediateSize, a.hiddenSize]] as const),
    ['down_proj', [a.hiddenSize, a.intermediateSize]]
  ]),
  build: (builder, places) => new MiniCpm3Model(builder, places, minicpm3(builder.run.architecture), (b, context, kind) =>
    new DenseLayer(b, context, kind, new LatentSelfAttention(b, context, kind, b.run.architecture.mla!, { latent: 'halves' }), new FeedForward(b, context)))
}
