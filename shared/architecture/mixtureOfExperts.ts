/** A router and its experts in place of the MLP. */
export interface MixtureOfExperts {
  readonly experts: number
  readonly expertsPerToken: number
  /** Of one routed expert. */
  readonly intermediateSize: number
  readonly sharedExperts: SharedExperts | null
  /** The first layers that keep a dense MLP. */
  readonly denseFirst: number
  /** After those, every nth layer has experts: 1 for all, 2 for every second. */
  readonly everyNth: number
  /** One value per expert, also where it only corrects the load (DeepSeek V3). */
  readonly routerBias: boolean
  /** Every projection of every expert has a bias (gpt-oss). */
  readonly expertBias?: boolean
  /** Experts run in a latent space of this width, between two projections of the layer (Nemotron 3 Super, Kimi K3). */
  readonly expertHiddenSize?: number
  /** Router parameters beyond its matrix and bias, per layer. */
  readonly routerExtra?: number
  /** Further layers with a dense MLP, counted from 0 (Qwen's mlp_only_layers). */
  readonly denseLayers?: readonly number[]
  /** What the config says about the choice of experts; absent: what the model type has by default. */
  readonly routing?: Routing
  /** A dense MLP beside the experts of the same layer (Gemma 4). */
  readonly denseParallelIntermediateSize?: number
}

/** How experts are chosen, where it decides which tensors a router makes. */
export interface Routing {
  /** The weights of the chosen experts add up to 1. */
  readonly normalizes?: boolean
  /** Experts in groups, of which the best few are looked at. */
  readonly groups?: number
  readonly chosenGroups?: number
  /** Routed and shared output are added in fp32 (HunYuan 3). */
  readonly combinesWide?: boolean
}

/** Experts that every token passes through, as one MLP. */
export interface SharedExperts {
  /** How many the vendor counts; null when it gives only their joint width. */
  readonly count: number | null
  /** Their joint width; null where it is not known. */
  readonly intermediateSize: number | null
  /** A sigmoid gate on their output. */
  readonly gate: boolean
}
