import type { Architecture } from '../../../architecture/architecture.ts'
import { Scope, type Tensor } from '../../tape/index.ts'
import type { ModelBuilder } from '../builder.ts'
import { DenseLayer } from './dense/block.ts'
import { attention, gatedMlp, wholeHeads } from './dense/common.ts'
import { FeedForward } from './dense/feedForward.ts'
import { denseFamily, turnsWhereSliding, type DenseSpec } from './dense/index.ts'
import { DenseModel, WITHOUT_ROTARY } from './dense/model.ts'
import { streamNorm, type Norm } from './dense/norms.ts'
import type { Family } from './family.ts'
import { GatedSelfAttention } from './mixture/gatedAttention.ts'

const muse = (a: Architecture): DenseSpec => ({
  norm: 'gemma-rms',
  order: 'sandwich',
  attention: attention(a, { rotary: wholeHeads, qkNorm: { kind: 'bare-power-rms', over: 'head' }, scalesNormedQuery: true }),
  mlp: gatedMlp(a),
  finalNorm: false,
  head: { scaled: true, softcap: true },
  bothMasks: true
})

const GATE = { name: 'gate_proj', per: 'element', runs: 'late', activation: 'sigmoid' } as const

/** MuseGlimmerTextModel: the embedding is normed, and the last norm is of another kind than those of the blocks. */
class MuseModel extends DenseModel {
  private readonly embedNorm: Norm
  private readonly lastNorm: Norm

  constructor (builder: ModelBuilder, places: ConstructorParameters<typeof DenseModel>[1], spec: DenseSpec) {
    super(builder, places, spec, (b, context, kind, place) => {
      const turns = !place.kind.endsWith(WITHOUT_ROTARY)
      const gated = new GatedSelfAttention(b, context, kind, GATE, turns)
      const layer = new DenseLayer(b, context, kind, gated, new FeedForward(b, context))
      // A layer without rotary positions is given no tables.
      if (!turns) layer.arguments = () => [context.positions, kind.mask].filter((s) => s !== null)
      return layer
    })
    this.embedNorm = streamNorm(builder, 'bare-power-rms', 'embed_norm')
    this.lastNorm = streamNorm(builder, 'power-rms', 'norm')
  }

  override embed (caller: Scope): Tensor {
    const scope = new Scope(caller.tape)
    return scope.return(this.embedNorm.apply(scope, super.embed(scope)), caller)
  }

  override finalNorm (scope: Scope, x: Tensor): Tensor {
    const last = super.finalNorm(scope, x)
    const normed = this.lastNorm.apply(scope, last)
    scope.drop(last)
    return normed
  }
}

const base = denseFamily(['muse_glimmer_text', 'muse_glimmer'], 'muse_glimmer/modeling_muse_glimmer.py', muse, turnsWhereSliding)

/** Muse-Glimmer: four norms, a gate on the output of attention, rotary positions only where layers slide. */
export const museGlimmerFamily: Family = { ...base, build: (builder, places) => new MuseModel(builder, places, muse(builder.run.architecture)) }
