import { hasRouterLoss } from '../../architecture/index.ts'
import { findModel } from '../../catalog/index.ts'
import { quantizationOf } from '../quantization.ts'
import type { Plan } from '../schema.ts'

/** One habit of a framework: what it sets in a plan, and the file that says so. */
export interface Fact {
  /** Field of the plan, `precision.weights`. */
  readonly path: string
  /** The framework's own value; undefined takes an optional field out. */
  readonly to: unknown
  /** File, function and version. */
  readonly source: string
}

export interface ProfileNote {
  readonly en: string
  readonly zh: string
}

/** The habits of a framework in one version, as settings of a plan. */
export interface Profile {
  readonly id: string
  /** `TRL SFTTrainer` */
  readonly name: string
  /** The release that was read, with the libraries it runs on. */
  readonly version: string
  readonly facts: (plan: Plan) => readonly Fact[]
  /** What this framework does that a plan cannot say. */
  readonly notes: (plan: Plan) => readonly ProfileNote[]
}

/** SDPA's kernel: flash for 16-bit activations without a mask, else the memory-efficient one. Samples end to end are FlashAttention's own, where it was chosen. */
export function sdpa ({ data, runtime }: Plan, activations: 'narrow' | 'wide', source: string): Fact {
  const flattened = data.packing === 'padding-free' || data.packing === 'packed'
  if (flattened && activations === 'narrow' && choseFlash(runtime)) return { path: 'runtime.attention', to: runtime.attention, source }
  return { path: 'runtime.attention', to: activations === 'wide' || data.padding || flattened || data.packing === 'block-mask' ? 'efficient' : 'flash', source }
}

export const choseFlash = ({ attention }: Plan['runtime']): boolean => attention.startsWith('flash')

/** What a framework packs instead of a kind of packing that it does not have. Nothing is packed that was not before. */
export const packing = ({ data }: Plan, instead: Partial<Record<NonNullable<Plan['data']['packing']>, Plan['data']['packing']>>, source: string): Fact[] =>
  data.packing ? [{ path: 'data.packing', to: instead[data.packing] ?? data.packing, source }] : []

/** What the collator rounds padded rows up to; undefined: nothing. */
export const padding = ({ data, reinforcement }: Plan, multiple: number | undefined, source: string): Fact =>
  ({ path: 'data.padToMultipleOf', to: data.padding && !reinforcement ? multiple : undefined, source })

export const isFrozen = ({ method }: Plan): boolean => method.kind !== 'full' && method.kind !== 'freeze'

/** Adapters' type, where the method has one. */
export const adapterType = (plan: Plan, to: Plan['precision']['weights'], source: string): Fact[] =>
  'adapterType' in plan.method ? [{ path: 'method.adapterType', to, source }] : []

/** Whether a quantized model is passed through prepare_model_for_kbit_training. */
export const kbitPreparation = (plan: Plan, to: boolean, source: string): Fact[] =>
  quantizationOf(plan.method) ? [{ path: 'method.upcastUnquantized', to: to || plan.method.kind === 'qlora' ? to : undefined, source }] : []

export function checkpointing ({ method }: Plan, kind: Plan['runtime']['checkpointing'], source: string, offload?: Plan['runtime']['checkpointOffload']): Fact[] {
  if (method.kind === 'prefix' && kind !== 'none') return checkpointing({ method } as Plan, 'none', 'peft 0.21.0 peft_model.py: prefix tuning does not work with gradient checkpointing')
  return [
    { path: 'runtime.checkpointing', to: kind, source },
    { path: 'runtime.checkpointEvery', to: undefined, source },
    { path: 'runtime.checkpointOffload', to: offload, source },
    { path: 'runtime.checkpointSaves', to: undefined, source }
  ]
}

/** The loss that balances experts, of models that have one and trainers that add it. */
export function routerLoss ({ model, algorithm }: Plan, added: readonly Plan['algorithm'][], source: string): Fact {
  const found = 'id' in model ? findModel(model.id) : null
  return { path: 'runtime.routerLoss', to: found && hasRouterLoss(found.architecture) && added.includes(algorithm) ? true : undefined, source }
}

export const bf16Autocast = (source: string, converts: string): Fact[] => [
  { path: 'precision.autocast', to: 'bf16', source },
  { path: 'precision.outputsToFp32', to: true, source: converts }
]

/** A whole optimizer, so that no setting of another one is left. */
export const optimizer = (to: Plan['optimizer'], source: string): Fact => ({ path: 'optimizer', to, source })

export const kernels = (to: Plan['runtime']['fusedKernels'], source: string): Fact => ({ path: 'runtime.fusedKernels', to, source })

export const loss = (to: Plan['runtime']['loss'], source: string): Fact[] => [
  { path: 'runtime.loss', to, source },
  { path: 'runtime.keepsLogits', to: false, source },
  { path: 'runtime.logitsToKeep', to: undefined, source }
]
