import type { FloatType, Plan } from '#shared/plan/index.ts'
import { generationOf, PHASES, ppoOf, preferenceOf, reinforcementOf, type AlgorithmSettings } from './oracleAlgorithms.ts'
import { methodOf, type ConfigSizes, type MethodSettings } from './methods.ts'
import { classOf, phaseKey, type Inexpressible, type Reading } from './row.ts'

/* Oracle rows (visible.jsonl and rows made with the same tracer): hf_config, settings and one entry per phase. */

type TrainedPart = NonNullable<Plan['vision']>['tower']

interface OracleRow {
  id: string
  group: string
  model: string
  hf_config: Record<string, unknown> & ConfigSizes & { tie_word_embeddings: boolean }
  n_layers_traced: number
  settings: MethodSettings & AlgorithmSettings & {
    gc_every?: number, router_loss?: boolean, experts?: string, gc_offload?: boolean | 'llama-factory', gc_save?: NonNullable<Plan['runtime']['checkpointSaves']>
    padding: boolean, attention: string, weight_dtype: FloatType, autocast_bf16: boolean, fp32_output_conversion: boolean
    gradient_checkpointing: string, grad_accum: number
    packing?: string | null, samples?: number | null, fa?: string | null
    images?: number, height?: number, width?: number, tower?: TrainedPart, projector?: TrainedPart
    optimizer: string, clip?: boolean, loss?: string, labelled?: number, keep?: number
  }
  phases: Record<string, { peak_allocated: number }>
  peak_bytes: number
}

export const isOracle = (row: object): row is OracleRow => 'hf_config' in row && 'phases' in row

const OPTIMIZERS: Readonly<Record<string, Plan['optimizer']>> = {
  none: { kind: 'none', implementation: 'fused' },
  adamw_fused: { kind: 'adamw', implementation: 'fused' },
  adamw_foreach: { kind: 'adamw', implementation: 'foreach' },
  adamw_loop: { kind: 'adamw', implementation: 'loop' },
  adamw_fused_amsgrad: { kind: 'adamw', implementation: 'fused', amsgrad: true },
  adamw_foreach_amsgrad: { kind: 'adamw', implementation: 'foreach', amsgrad: true },
  adamw_loop_amsgrad: { kind: 'adamw', implementation: 'loop', amsgrad: true },
  adamw_fused_in_backward: { kind: 'adamw', implementation: 'fused', inBackward: true },
  sgd_foreach: { kind: 'sgd', implementation: 'foreach' },
  sgd_momentum_foreach: { kind: 'sgd-momentum', implementation: 'foreach' },
  sgd_momentum_fused: { kind: 'sgd-momentum', implementation: 'fused' },
  rmsprop_foreach: { kind: 'rmsprop', implementation: 'foreach' },
  rmsprop_loop: { kind: 'rmsprop', implementation: 'loop' },
  adagrad_foreach: { kind: 'adagrad', implementation: 'foreach' },
  adagrad_loop: { kind: 'adagrad', implementation: 'loop' },
  adafactor: { kind: 'adafactor', implementation: 'foreach' },
  adafactor_beta1: { kind: 'adafactor', implementation: 'foreach', firstMoment: true },
  muon_adamw: { kind: 'muon', implementation: 'fused' },
  lion: { kind: 'lion', implementation: 'foreach' },
  bnb_adamw8: { kind: 'adamw-8bit', implementation: 'fused' },
  bnb_adamw32: { kind: 'adamw-32bit', implementation: 'fused' },
  bnb_lion8: { kind: 'lion-8bit', implementation: 'fused' },
  bnb_lion32: { kind: 'lion-32bit', implementation: 'fused' },
  adam_mini: { kind: 'adam-mini', implementation: 'foreach' },
  galore: { kind: 'galore', implementation: 'foreach' },
  apollo: { kind: 'apollo', implementation: 'foreach' },
  soap: { kind: 'soap', implementation: 'foreach' },
  schedule_free_adamw: { kind: 'schedule-free-adamw', implementation: 'foreach' },
  schedule_free_sgd: { kind: 'schedule-free-sgd', implementation: 'foreach' },
  lomo: { kind: 'lomo', implementation: 'foreach' },
  adalomo: { kind: 'adalomo', implementation: 'foreach' },
  badam: { kind: 'badam', implementation: 'foreach' }
}

const CHECKPOINTING: Readonly<Record<string, Plan['runtime']['checkpointing']>> = {
  none: 'none', non_reentrant: 'non-reentrant', reentrant: 'reentrant'
}

/**
 * weight.t() of a deep-copied FakeTensor parameter reports a storage of its own, where a real tensor's transpose shares it:
 * rows that train a copy of lm_head hold one copy too many during forward and backward.
 */
const TRACER_COUNTS_HEAD_TWICE = 'trained copy of lm_head: the tracer counts it twice (a FakeTensor transpose does not share storage)'

const LOSSES: Readonly<Record<string, Plan['runtime']['loss']>> = {
  hf_446: 'hugging-face-shift',
  hf_445: 'hugging-face-in-model',
  trl_chunked_nll: 'trl-chunked',
  trl_nll: 'trl-nll',
  liger: 'liger-fused-linear',
  liger_ce: 'liger-cross-entropy',
  torchtune_linear: 'torchtune-linear',
  logits_to_keep: 'hugging-face'
}

export function readOracle (row: OracleRow): Reading {
  const { hf_config: c, settings: s } = row
  const cannot = (reason: string): Inexpressible => ({ id: row.id, reason })
  const algorithm = algorithmOf(row)
  if (!algorithm) return cannot(`algorithm ${s.algorithm ?? row.group}`)
  const method = methodOf(s, c)
  if (!method) return cannot(`method ${s.method}`)
  if (s.modules_to_save?.includes('lm_head')) return cannot(TRACER_COUNTS_HEAD_TWICE)
  if (s.loss && !LOSSES[s.loss]) return cannot(`loss ${s.loss}`)
  const optimizer = OPTIMIZERS[s.optimizer]
  if (!optimizer) return cannot(`optimizer ${s.optimizer}`)
  const checkpointing = CHECKPOINTING[s.gradient_checkpointing]
  if (!checkpointing) return cannot(`checkpointing ${s.gradient_checkpointing}`)
  const attention = attentionOf(s)
  if (!attention) return cannot(`attention ${s.attention}`)
  const plan: Plan = {
    type: 'headroom/plan',
    version: 1,
    model: { name: row.model, config: { ...c, num_hidden_layers: row.n_layers_traced } },
    ...algorithm,
    method,
    precision: { weights: s.weight_dtype, autocast: s.autocast_bf16 ? 'bf16' : 'none', outputsToFp32: s.fp32_output_conversion },
    optimizer: s.clip ? { ...optimizer, clipGradNorm: true } : optimizer,
    data: { microBatch: s.batch, sequenceLength: s.seq, gradientAccumulation: s.grad_accum, padding: s.padding, ...(s.labelled === undefined ? {} : { labelledShare: s.labelled }), ...packingOf(s), ...imagesOf(s) },
    runtime: { attention, checkpointing, ...checkpointOptions(s), loss: LOSSES[s.loss ?? ''] ?? 'hugging-face', ...(s.keep ? { logitsToKeep: s.keep } : {}), fusedKernels: [], keepsLogits: false, ...(s.router_loss ? { routerLoss: true } : {}), ...expertsOf(s) },
    ...(s.images ? { vision: { tower: s.tower ?? 'frozen', projector: s.projector ?? 'frozen' } } : {})
  }
  return { id: row.id, rowClass: classOf(plan, c.tie_word_embeddings), plan, phases: phasesOf(row.phases), peak: row.peak_bytes }
}

function algorithmOf ({ group, settings }: OracleRow): Pick<Plan, 'algorithm' | 'preference' | 'reinforcement'> | null {
  switch (group) {
    case 'sft': return { algorithm: 'sft' }
    case 'pref': return preferenceOf(settings)
    case 'rl': return reinforcementOf(settings)
    case 'gen': return generationOf(settings)
    case 'ppo': return ppoOf(settings)
    default: return null
  }
}

/** `samples` in the row: as many as the mean length says. */
const packingOf = ({ packing, samples, batch, seq }: OracleRow['settings']): Pick<Plan['data'], 'packing' | 'lengths'> =>
  packing === 'padding_free' && samples ? { packing: 'packed', lengths: { mean: Math.max(1, batch * seq / samples), p95: seq, longest: seq } } : packing === 'block_mask' ? { packing: 'block-mask' } : {}

/** The tracer runs the memory-efficient kernel wherever flash cannot run: under a padding mask, and on fp32 activations. */
function attentionOf (s: OracleRow['settings']): Plan['runtime']['attention'] | null {
  if (s.attention === 'eager' || s.attention === 'math') return s.attention
  if (s.attention !== 'flash' && s.attention !== 'efficient') return null
  if (s.fa && !s.packing) return 'flash-2'
  const wide = (s.weight_dtype === 'fp32' || s.kbit_prep_fp32) && !s.autocast_bf16
  // A padding mask is the language model's alone: the tower's own attention has none.
  return (s.padding && !s.images) || s.packing === 'block_mask' || (s.packing && !s.fa) || wide || s.attention === 'efficient' ? 'efficient' : 'flash'
}

/** The tracer’s name of the loop over experts, which is transformers’ own. */
const expertsOf = (s: OracleRow['settings']): Pick<Plan['runtime'], 'experts'> => s.experts === 'eager' ? { experts: 'loop' } : s.experts === 'modules' ? { experts: 'modules' } : {}

const imagesOf = ({ images, height = 224, width = 224 }: OracleRow['settings']): Pick<Plan['data'], 'images'> => images ? { images: { perSample: images, height, width } } : {}

const checkpointOptions = (s: OracleRow['settings']): Pick<Plan['runtime'], 'checkpointEvery' | 'checkpointOffload' | 'checkpointSaves'> =>
  ({ ...(s.gc_every ? { checkpointEvery: s.gc_every } : {}), ...(s.gc_offload ? { checkpointOffload: 'host' } : {}), ...(s.gc_save ? { checkpointSaves: s.gc_save } : {}) })

function phasesOf (traced: OracleRow['phases']): Map<string, number> {
  const phases = new Map<string, number>()
  for (const [name, { peak_allocated: peak }] of Object.entries(traced)) {
    const [, step = '0', micro = '0', kind = ''] = /^(?:step(\d+)\.)?(?:micro(\d+)\.)?(\w+)$/.exec(name) ?? []
    if (!PHASES[kind]) continue
    const key = phaseKey(PHASES[kind], step, micro)
    phases.set(key, Math.max(peak, phases.get(key) ?? 0))
  }
  return phases
}
