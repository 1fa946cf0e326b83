import type { Architecture } from '../architecture/index.ts'

/** A published model and all releases with the same shape. Parts that few models have are absent elsewhere. */
export interface CatalogModel {
  /** Hugging Face repository. */
  readonly id: string
  /** Repositories of the same shape: instruct and coder releases, mirrors, distillations. */
  readonly aliases: readonly string[]
  readonly family: string
  readonly displayName: string
  /** 1 is what people fine-tune most. A judgement from training frameworks' lists and download numbers, no measurement. */
  readonly rank: number
  /** `2024-09` */
  readonly release: string | null
  readonly tags: readonly ModelTag[]
  readonly architecture: Architecture
}

/** Where a model's sizes come from, and what they were checked against. */
export interface ModelRecord {
  readonly sources: readonly string[]
  readonly license: string | null
  readonly published?: PublishedCount
  /** A count remembered without a document to show for it: unverified. */
  readonly recalledParameters?: number
  /** The value that was chosen so that the count comes out: here the published count proves nothing. */
  readonly derivedFromCount?: string
  /** high: sizes from a config of this model; medium: some typed in and confirmed by the count; low: neither. */
  readonly confidence: 'high' | 'medium' | 'low'
  readonly notes?: string
}

/** vlm: takes images; embedding and reward: no output head. */
export type ModelTag = 'vlm' | 'seq2seq' | 'encoder' | 'embedding' | 'reward'

/** What the checkpoint holds: computed parameters, multi-token prediction if included, and the extra. */
export interface PublishedCount {
  readonly parameters: number
  readonly source: string
  readonly includesMtp: boolean
  /** Stored values that are no parameters (quantization scales, buffers, a tied head stored twice); negative: some not counted. */
  readonly extra: number
  readonly extraNote?: string
}
