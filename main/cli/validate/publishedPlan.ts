import { findModel, type CatalogModel } from '#shared/catalog/index.ts'
import type { Plan } from '#shared/plan/index.ts'
import { attentionOf, checkpointingOf, lossOf, stackOf, type Stack } from './publishedStack.ts'
import { methodOf, optimizerOf, precisionOf } from './publishedMethod.ts'
import { CannotMap, stated, type PublishedRow } from './publishedRow.ts'

/** The plan that a published row describes. Throws CannotMap with the reason where the row does not say, or says what no plan can. */
export function planOfPublished (row: PublishedRow): Plan {
  rejectForeign(row)
  const model = modelOf(row)
  const stack = stackOf(row)
  const sequenceLength = stated(row.seq_len, 'sequence length not stated')
  const { learnedPositionEmbeddings: positions = Infinity } = model.architecture as { learnedPositionEmbeddings?: number }
  if (sequenceLength > positions) throw new CannotMap(`length ${sequenceLength} of a model with ${positions} learned positions: its batches were shorter`)
  const precision = precisionOf(row)
  const loss = lossOf(row, stack)
  return {
    type: 'headroom/plan',
    version: 1,
    model: { id: model.id },
    algorithm: 'sft',
    method: methodOf(row, stack, model.architecture),
    precision,
    optimizer: optimizerOf(row),
    data: {
      microBatch: stated(row.micro_batch, 'micro-batch not stated'),
      sequenceLength,
      gradientAccumulation: row.grad_accum ?? 1,
      padding: paddingOf(row)
    },
    runtime: { attention: attentionOf(row, stack, model.id), checkpointing: checkpointingOf(row, stack), loss, fusedKernels: stack.fusedKernels, ...expertsOf(model, stack), keepsLogits: false }
  }
}

/** What no plan can say yet, whatever the framework. */
function rejectForeign ({ rl_algorithm: algorithm, parallelism, zero_stage: zero, offload, torch_compile: compiled }: PublishedRow): void {
  if (algorithm) throw new CannotMap('a reinforcement learning step')
  if (zero && zero !== 'none') throw new CannotMap(`sharded by ${zero.split(' ')[0]!} (on one GPU)`)
  if (parallelism && parallelism !== 'single') throw new CannotMap(`parallelism ${parallelism}`)
  if (offload && offload !== 'none') throw new CannotMap(offload)
  if (compiled) throw new CannotMap('torch.compile')
}

/** Repositories whose modeling code came with the weights, though the catalog knows a later model of the same shape. */
const OWN_CODE = /^(Qwen\/Qwen-|baichuan-inc\/|internlm\/internlm-|THUDM\/chatglm)/

/** transformers 4 runs experts one after the other, each three linear layers (models/mixtral/modeling_mixtral.py MixtralSparseMoeBlock). */
const expertsOf = ({ architecture }: CatalogModel, { major }: Stack): Pick<Plan['runtime'], 'experts'> => 'moe' in architecture && major < 5 ? { experts: 'modules' } : {}

/** Quantized copies have the shape of the model that they are made from. */
const COPY_SUFFIX = /-(GPTQ|AWQ|Int4|Int8|bnb-4bit)$/i

function modelOf ({ model }: PublishedRow): CatalogModel {
  if (OWN_CODE.test(model)) throw new CannotMap('model code of its own (trust_remote_code)')
  const bare = model.slice(model.lastIndexOf('/') + 1)
  const original = bare.replace(COPY_SUFFIX, '')
  const found = [model, bare, original, `${original}-hf`].map(findModel).find((m) => m !== null)
  if (!found) throw new CannotMap(`model ${model} is not in the catalog`)
  const { architecture: stackKind } = found.architecture
  if (stackKind !== 'decoder') throw new CannotMap(`an ${stackKind} model`)
  return found
}

function paddingOf ({ packing }: PublishedRow): boolean {
  if (/^(packed|packing|fixed length|contiguous)/.test(packing ?? '')) return false
  if (/^padded/.test(packing ?? '')) return true
  throw new CannotMap('packed or padded: not stated')
}
