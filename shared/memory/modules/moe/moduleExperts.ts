import { dimension, shape, type Scope, type Tensor } from '../../tape/index.ts'
import type { ModelBuilder } from '../builder.ts'
import { gatedMlp } from '../mlp.ts'
import type { Projection } from '../projection.ts'
import { loopOverExperts, rowsOfExpert } from './expertLoop.ts'
import type { ExpertSizes, Routing } from './sizes.ts'

/** Names of the three layers of an expert: gate, up, down. */
export type ExpertNames = readonly [string, string, string]

/**
 * Experts as transformers 4 and most models' own code have them: each an MLP of three linear layers, which can be quantized and
 * adapted (transformers 4.57 models/qwen3_moe/modeling_qwen3_moe.py Qwen3MoeSparseMoeBlock).
 */
export class ModuleExperts {
  private readonly sizes: ExpertSizes
  private readonly layers: readonly (readonly Projection[])[]

  constructor (builder: ModelBuilder, sizes: ExpertSizes, [gate, up, down]: ExpertNames) {
    const { experts, width, hiddenSize } = sizes
    this.sizes = sizes
    this.layers = Array.from({ length: experts.size }, (_, i) => {
      const rows = [dimension('n', rowsOfExpert(sizes, i))]
      return builder.withRows(rows, () => [
        builder.linear(gate, width, hiddenSize, shape(...rows, width), false),
        builder.linear(up, width, hiddenSize, shape(...rows, width), false),
        builder.linear(down, hiddenSize, width, shape(...rows, hiddenSize), false)
      ])
    })
  }

  forward (caller: Scope, x: Tensor, routing: Routing): Tensor {
    return loopOverExperts(caller, x, routing, this.sizes, (frame, tokens, _, i) => {
      const [gate, up, down] = this.layers[i]!
      return gatedMlp(frame, tokens, gate!, up!, down!, false)
    })
  }
}
