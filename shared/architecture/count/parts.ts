/** Parameters by what they belong to. They add up to the total. */
export interface ParameterParts {
  readonly embedding: number
  /** 0 where the head shares the embedding. */
  readonly lmHead: number
  /** Learned position tables and relative position biases. */
  readonly positions: number
  /** Softmax attention of any kind, with its QK-norms. */
  readonly attention: number
  readonly linearMixers: number
  /** Dense MLPs. */
  readonly mlp: number
  /** Routed and shared experts with their routers. */
  readonly experts: number
  readonly norms: number
  readonly vision: number
  /** What belongs to none of these: hyper-connections, poolers, per-layer inputs, score heads. */
  readonly other: number
}

const NONE: ParameterParts = {
  embedding: 0, lmHead: 0, positions: 0, attention: 0, linearMixers: 0, mlp: 0, experts: 0, norms: 0, vision: 0, other: 0
}

/** Parts with those not given at 0. */
export const parts = (given: Partial<ParameterParts>): ParameterParts => ({ ...NONE, ...given })

/** All parts together. */
export const sumOfParts = (p: ParameterParts): number => Object.values<number>({ ...p }).reduce((sum, n) => sum + n, 0)
