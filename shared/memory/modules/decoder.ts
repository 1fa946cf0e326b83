import type { Plan } from '../../plan/index.ts'
import type { Dimension } from '../result.ts'
import { dimension, GradNode, shape, Tensor, type Scope, type Shape, type Storage } from '../tape/index.ts'
import type { ModelBuilder } from './builder.ts'
import type { Parameter } from './linear.ts'
import { hasBlockMask, isFlashPackage, readsBoundaries } from './packing.ts'
import { fusedRmsNorm, rmsNorm } from './normalization.ts'
import type { Run } from './run.ts'

/* Parts that most decoder families have in common. */

/** nn.Embedding: backward makes a dense gradient of the whole table (embedding_dense_backward). LoRA on the table adds to it. */
export function embedding (scope: Scope, run: Run, table: Parameter, extent: Shape = run.embedded): Tensor {
  const { tape } = scope
  tape.module = 'embed_tokens'
  const trained = tape.gradEnabled && table.requiresGrad
  const node = trained
    ? new GradNode(tape, [table.leaf], [], () => [tape.allocate(table.shape, table.elementSize, 'weight gradient', 'gradients')])
    : null
  const embedded = scope.own(new Tensor(tape.allocate(extent, table.elementSize, 'output'), extent, table.elementSize, trained, node))
  return table.tableAdapter?.apply(scope, embedded) ?? embedded
}

/** The embedding table [V, h] of the base model. */
export function embeddingTable (builder: ModelBuilder, width = builder.run.hiddenSize, extraRows = 0): Parameter {
  const { vocabulary } = builder.run
  const rows = extraRows > 0 ? dimension('V+', vocabulary.size + extraRows) : vocabulary
  const table = builder.base('embed_tokens', shape(rows, width))
  table.tableAdapter = builder.tableAdapter()
  return table
}

/** lm_head [V, h], or the embedding table itself when they are tied; with modules_to_save its trained copy. */
export function headWeight (builder: ModelBuilder, table: Parameter): Parameter {
  if (builder.scoreLabels > 0) return builder.score()
  const { architecture, vocabulary, hiddenSize } = builder.run
  const weight = builder.saved('lm_head', architecture.tiedEmbeddings ? table : builder.base('lm_head', shape(vocabulary, hiddenSize)))
  weight.headAdapter = builder.headAdapter(weight)
  return weight
}

/** cos and sin of one rotary embedding, [s, d] in the activations' type (LlamaRotaryEmbedding.forward). */
export interface RotaryTables {
  readonly cos: Tensor
  readonly sin: Tensor
}

/** One row of positions serves all sequences; generate() makes them from the attention mask, a row for each (generation/utils.py), as callers may. */
const positionsOf = (run: Run, ...rest: Dimension[]): Shape => run.cache || run.positionsPerRow ? shape(run.batch, run.sequence, ...rest) : shape(run.sequence, ...rest)

export function rotaryTables (run: Run, width: number, elementSize: number, perSequence = false): RotaryTables {
  run.tape.module = 'rotary_emb'
  const d = dimension('d', width)
  const extent = perSequence ? shape(run.batch, run.sequence, d) : positionsOf(run, d)
  const [cos, sin] = ['cos', 'sin'].map((role) => new Tensor(run.tape.allocate(extent, elementSize, role, 'activations'), extent, elementSize, false))
  return { cos: cos!, sin: sin! }
}

/** inv_freq and its original, fp32 buffers of d/2. */
export function rotaryBuffers (builder: ModelBuilder, width: number): void {
  const extent = shape(dimension('d/2', width / 2))
  builder.buffer('rotary_emb', extent, 4, 'inverse frequencies')
  builder.buffer('rotary_emb', extent, 4, 'original inverse frequencies')
}

/** position_ids [1, s], int64, or those of the batch. */
export function positionIds (run: Run): Storage {
  if (run.givenPositions) return run.tape.retain(run.givenPositions)
  run.tape.module = 'batch'
  return run.tape.allocate(positionsOf(run), 8, 'position_ids', 'activations')
}

/**
 * transformers masking_utils.py: an additive mask in the activations' type for eager attention, always; a boolean one for
 * SDPA where rows are padded; none for causal attention without padding.
 */
export const causalMask = (run: Run, elementSize: number): Storage | null => attentionMask(run, elementSize, run.plan.data.padding)

/** `masked`: SDPA needs a mask, for padding or for a window. Without padding one row of the batch serves all, unless the mask is made `perSequence`. */
export function attentionMask (run: Run, elementSize: number, masked: boolean, perSequence = run.plan.data.padding): Storage | null {
  const { tape, plan, batch, sequence, keys } = run
  tape.module = 'attention_mask'
  // masking_utils.py _preprocess_mask_arguments: a mask of four dimensions is taken as it is; FlashAttention's makes none.
  if (hasBlockMask(plan) || readsBoundaries(plan)) return null
  if (isFlashPackage(plan.runtime) && !masked && !run.cache && !run.prefix) return plan.data.padding ? tape.allocate(shape(batch, sequence), 1, 'padding mask', 'activations') : null
  const one = dimension('1', 1)
  if (plan.runtime.attention === 'eager') return tape.allocate(shape(batch, one, sequence, keys), elementSize, 'causal mask', 'activations')
  return masked || run.prefix ? tape.allocate(shape(perSequence ? batch : one, one, sequence, keys), 1, 'causal mask', 'activations') : null
}

/** The RMSNorm that the runtime uses: transformers' own, or a fused kernel. `rows` has one element per normalized vector. */
export function normalize (scope: Scope, module: string, x: Tensor, weight: Parameter, rows: Shape, runtime: Plan['runtime']): Tensor {
  scope.tape.module = module
  return runtime.fusedKernels.includes('rms-norm') ? fusedRmsNorm(scope, x, weight, rows) : rmsNorm(scope, x, weight, rows)
}
