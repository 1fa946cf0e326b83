import type { LayerPlace } from '../../../stack.ts'
import type { Scope, Storage, Tensor } from '../../../tape/index.ts'
import type { ModelBuilder } from '../../builder.ts'
import { embedding, embeddingTable, headWeight } from '../../decoder.ts'
import type { Parameter } from '../../linear.ts'
import type { Run } from '../../run.ts'
import type { Sublayer } from '../dense/block.ts'
import { streamNorm, type Norm } from '../dense/norms.ts'
import type { DecoderLayer, DecoderModel, Head } from '../family.ts'
import { SingleLayer } from './layer.ts'

/** transformers MambaForCausalLM and its heirs: no positions, no masks but the batch's own. */
export class StateSpaceModel implements DecoderModel {
  readonly layers: readonly DecoderLayer[]
  readonly head: Head
  private readonly run: Run
  private readonly table: Parameter
  private readonly norm: Norm

  constructor (builder: ModelBuilder, places: readonly LayerPlace[], makeMixer: (builder: ModelBuilder) => Sublayer) {
    const { run } = builder
    this.run = run
    const table = embeddingTable(builder)
    this.table = builder.saved('embed_tokens', table)
    this.layers = places.map(({ trained }) => {
      builder.train(trained)
      const norm = streamNorm(builder, 'rms', 'norm')
      return new SingleLayer(norm, makeMixer(builder), !run.architecture.narrowResidual, () => [])
    })
    builder.trainOutside()
    this.norm = streamNorm(builder, 'rms', 'norm_f')
    this.head = { weight: headWeight(builder, table), bias: null, softcap: false, scaled: false, castsInput: true, widensLogits: true }
  }

  embed (scope: Scope): Tensor {
    return embedding(scope, this.run, this.table)
  }

  share (): readonly Storage[] {
    return []
  }

  finalNorm (scope: Scope, x: Tensor): Tensor {
    return this.norm.apply(scope, x)
  }
}
