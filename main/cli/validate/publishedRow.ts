/** A published measurement of a training run: its configuration in the words of its source, and what was measured. */
export interface PublishedRow {
  readonly id: string
  readonly source: string
  readonly source_group: string
  readonly model: string
  readonly method: string
  readonly lora_rank: number | null
  readonly lora_targets: string | readonly string[] | null
  readonly weight_dtype: string | null
  readonly quantization: string | null
  readonly compute_dtype: string | null
  readonly optimizer: string | null
  readonly gradient_checkpointing: boolean | string | null
  readonly attention_impl: string | null
  readonly liger: boolean | string | null
  readonly torch_compile: boolean | string | null
  readonly seq_len: number | null
  readonly seq_len_kind: string | null
  readonly micro_batch: number | null
  readonly grad_accum: number | null
  readonly packing: string | null
  readonly zero_stage: string | null
  readonly parallelism: string | null
  readonly offload: string | null
  readonly n_gpus: number | null
  readonly gpu: string | null
  readonly framework: string | null
  readonly rl_algorithm: string | null
  /** `ok` or `oom` */
  readonly status: string
  /** `max_allocated`, `max_reserved`, `nvidia-smi` or `unknown` */
  readonly metric: string
  /** Null where the unit is not certain. */
  readonly measured_gib: number | null
  readonly other_measurements: Readonly<Record<string, unknown>> | null
  readonly confidence: string
  /** `e2e`: a training run; `kernel`: one operation. */
  readonly scope: string
  readonly notes: string | null
}

export const isPublished = (row: object): row is PublishedRow => 'measured_gib' in row && 'confidence' in row && 'metric' in row

/** Why something cannot be expressed: thrown while a row is mapped, listed in the report. */
export class CannotMap extends Error {}

/** The value, or the reason why the row cannot be mapped. */
export function stated<T> (value: T | null | undefined, reason: string): T {
  if (value === null || value === undefined) throw new CannotMap(reason)
  return value
}
