import type { AltUp } from './altUp.ts'
import type { CompressedAttention, LatentAttention } from './attention.ts'
import type { LayerGroup } from './layerGroup.ts'
import type { LinearMixer } from './linearMixer.ts'
import type { MixtureOfExperts } from './mixtureOfExperts.ts'
import type { VisionTower } from './vision.ts'

/** The gated kinds (swiglu, geglu, reglu) have three matrices, the others two. relu2: ReLU squared; xielu: Apertus. */
export type MlpType = 'swiglu' | 'geglu' | 'reglu' | 'gelu' | 'relu' | 'relu2' | 'xielu'

/**
 * The shape of a model, in the terms of a Hugging Face config.json. What every model has is always there, with null for
 * "has none"; the parts of `ArchitectureExtras` are absent from a model that lacks them.
 */
export interface Architecture extends ArchitectureExtras {
  /** Decoder-only unless said otherwise. */
  readonly architecture: 'decoder' | 'encoder' | 'encoder-decoder'
  readonly hiddenSize: number
  readonly layers: number
  readonly heads: number
  readonly kvHeads: number
  /** Not always hiddenSize / heads: Qwen3, Gemma and Mistral-Nemo set it apart. */
  readonly headDim: number
  /** Width of the dense MLP; 0 where no layer has one, or every layer group sets its own. */
  readonly intermediateSize: number
  readonly vocabSize: number
  readonly maxPositions: number | null
  readonly tiedEmbeddings: boolean
  readonly attentionBias: 'none' | 'qkv' | 'o' | 'all'
  readonly mlpBias: boolean
  /** head: one weight of headDim for q and for k; full: over all heads; head_ln: LayerNorm per head. */
  readonly qkNorm: 'head' | 'full' | 'head_ln' | null
  readonly normType: 'rmsnorm' | 'layernorm'
  /** Of a decoder's layer; T5's decoder layers have a third for the cross attention. */
  readonly normsPerLayer: number
  readonly mlpType: MlpType
  readonly parallelBlock: boolean
  /** Hugging Face's model_type where it is known: which modeling file runs the model. */
  readonly modelType?: string
  readonly slidingWindow: { readonly window: number | null, readonly pattern: string | null } | null
}

/** What only some models have. Absent means the usual: no such part, and for norms and heads the ordinary one. */
export interface ArchitectureExtras {
  readonly moe?: MixtureOfExperts
  readonly mla?: LatentAttention
  readonly compressedAttention?: CompressedAttention
  /** The mixer of the layers that are not attention. Absent although a layer group names one: its sizes are not known. */
  readonly linear?: LinearMixer
  /** For stacks that are not uniform. */
  readonly layerGroups?: readonly LayerGroup[]
  /** Where in the stack each group's layers stand, in words. */
  readonly layerOrder?: string
  /** The same as the index of each layer's group, in order; absent where it is not known. */
  readonly layerSequence?: readonly number[]
  /** Mamba: the residual stream has the activations' type; absent: fp32. */
  readonly narrowResidual?: boolean
  readonly vision?: VisionTower
  readonly mtp?: MultiTokenPrediction

  /** elementwise: q is twice as wide; headwise: one gate per head. */
  readonly attnOutputGate?: 'elementwise' | 'headwise'
  /** One learned value per head in the softmax (gpt-oss). */
  readonly attnSinks?: boolean
  /** Width of a value head where it differs from headDim. */
  readonly vHeadDim?: number

  /** LayerNorm with a bias; absent means yes. */
  readonly normBias?: boolean
  /** Norms with weights; absent means yes (OLMo 1 has none). */
  readonly normAffine?: boolean
  /** A norm before the head; absent means yes. */
  readonly finalNorm?: boolean
  /** A norm after the embedding (BLOOM). */
  readonly embeddingNorm?: boolean
  /** The norm follows the sublayer instead of preceding it (OPT-350M). */
  readonly postNorm?: boolean

  /** Width of the embedding where it differs from hiddenSize. */
  readonly embeddingSize?: number
  /** An output head; absent means yes (embedding and reward models have none). */
  readonly lmHead?: boolean
  readonly lmHeadBias?: boolean
  /** Rows of the table of learned positions. */
  readonly learnedPositionEmbeddings?: number
  /** Absent: rotary, or learned where there is a table. */
  readonly positionEncoding?: 'alibi'
  /** T5: buckets of the relative position bias, one value per head, in the encoder and again in the decoder. */
  readonly relativeAttentionBuckets?: number
  readonly decoderLayers?: number
  /** BERT: rows of the token type table. */
  readonly typeVocabSize?: number
  /** BERT: the dense layer over the first token. */
  readonly pooler?: boolean

  /** Which layers look back only over the sliding window; absent: as the window's pattern says. */
  readonly slidingLayers?: readonly boolean[]
  /** Which layers have rotary positions; absent: all that the model type gives them to. */
  readonly rotaryLayers?: readonly boolean[]
  /** Share of a head that rotary positions turn; absent: the model type's own. */
  readonly rotaryFraction?: number
  /** Rates of dropout in training; absent: the model type's own. */
  readonly dropout?: { readonly embedding: number, readonly attention: number, readonly residual: number }
  /** Whether attention scores and logits are soft-capped; absent: as the model type does. */
  readonly softcaps?: { readonly attention: boolean, readonly logits: boolean }

  /** A norm without weights on q and k (Llama 4 Scout). */
  readonly weightlessQkNorm?: boolean
  /** Whether queries without rotary positions are scaled by their position (Llama 4); absent: yes. */
  readonly tunesTemperature?: boolean
  /** Whether the embedding is multiplied by a number where the model type leaves it open (AFMoE). */
  readonly scaledEmbedding?: boolean
  readonly altUp?: AltUp
  /** How many parallel residual streams (DeepSeek V4's hyper-connections). */
  readonly hyperConnections?: number
  /** Parameters of each layer that no other field explains. */
  readonly extraPerLayer?: number
  readonly extraParameters?: readonly { readonly what: string, readonly parameters: number }[]
  /** The activation where `mlpType` only says the shape. */
  readonly activationNote?: string
}

/** Layers that predict tokens further ahead. Hugging Face fine-tuning does not load them, so no count includes them. */
export interface MultiTokenPrediction {
  readonly layers: number
  /** As stored. */
  readonly parameters: number
  /** Less the copies of embedding and head that the checkpoint stores with them. */
  readonly parametersWithoutCopies?: number
}
