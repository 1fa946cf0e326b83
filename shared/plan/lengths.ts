import { LIMITS } from './limits.ts'
import type { Plan } from './schema.ts'

/*
 * Lengths of real samples. Between the figures given they are taken as log-normal, which lengths of texts are close to: the two
 * parameters follow from mean and 95th percentile, and nothing is longer than the longest sample or the sequence length.
 */

export type Lengths = NonNullable<Plan['data']['lengths']>

/** The figures of a list of token counts, or null where it holds anything else. Numbers may stand apart by spaces, commas or lines. */
export function lengthsOfCounts (text: string): Lengths | null {
  const words = text.split(/[\s,;，；、[\]]+/u).filter((word) => word !== '')
  const counts = words.map(Number).sort((a, b) => a - b)
  if (counts.length === 0 || counts.some((n) => !Number.isInteger(n) || n < 1 || n > LIMITS.sequenceLength.max)) return null
  const mean = counts.reduce((sum, n) => sum + n, 0) / counts.length
  return { mean: Math.round(mean * 10) / 10, p95: counts[Math.ceil(counts.length * 0.95) - 1]!, longest: counts.at(-1)! }
}

export const variesInLength = ({ mean, longest }: Lengths): boolean => Math.ceil(mean) < longest

const roundUp = (n: number, multiple = 1): number => Math.ceil(n / multiple) * multiple

/** Whether rows are filled with tokens up to the sequence length, whatever single samples are like. */
const fillsRows = ({ packing }: Plan['data']): boolean => packing !== undefined && packing !== 'padding-free'

/** LLaMA-Factory, whose mask of blocks it is, rounds rows up to this (train/sft/workflow.py). */
const BLOCK_MASK_MULTIPLE = 8

/** Tokens of a row of the longest batch: the longest sample, cut at the sequence length and padded as the collator does. */
export function longestRow ({ data }: Plan): number {
  const { sequenceLength, lengths, padToMultipleOf, packing } = data
  const longest = lengths && !fillsRows(data) ? Math.min(sequenceLength, lengths.longest) : sequenceLength
  return roundUp(longest, packing === 'block-mask' ? Math.max(BLOCK_MASK_MULTIPLE, padToMultipleOf ?? 1) : padToMultipleOf)
}

export interface TypicalBatch {
  /** Tokens of a row of the longest batch. */
  readonly longest: number
  /** Tokens of a row of a typical one. */
  readonly typical: number
  /** Of the tokens of a typical batch. */
  readonly paddingShare: number
}

/**
 * The row length of a typical micro-batch of `rows` samples, padded to its longest: the expected maximum of that many lengths,
 * E = ∫₀ᶜ (1 − F(x)ⁿ) dx with F the distribution and c the cut. Without padding: the mean, E with n = 1. Null where no lengths are given, or
 * packing fills every row.
 */
export function typicalBatch (plan: Plan, rows: number): TypicalBatch | null {
  const { data } = plan
  if (!data.lengths || fillsRows(data)) return null
  const cut = Math.min(data.sequenceLength, data.lengths.longest)
  const mean = expectedMaximum(data.lengths, 1, cut)
  const row = data.packing ? mean : expectedMaximum(data.lengths, rows, cut)
  const typical = Math.min(longestRow(plan), roundUp(Math.max(1, Math.round(row)), data.padToMultipleOf))
  return { longest: longestRow(plan), typical, paddingShare: data.packing ? 0 : Math.max(0, 1 - mean / typical) }
}

const STEPS = 512

export function expectedMaximum (lengths: Lengths, n: number, cut: number): number {
  const distribution = logNormal(lengths)
  let integral = 0
  // In x = c·t⁴, so that steps are short where lengths are, however far the longest is.
  for (let i = 0; i < STEPS; i++) {
    const t = (i + 0.5) / STEPS
    integral += (1 - distribution(cut * t ** 4) ** n) * 4 * t ** 3
  }
  return cut * integral / STEPS
}

/** 95th percentile of the standard normal distribution. */
const Z95 = 1.6448536269514722

/** μ + σ²/2 = ln mean and μ + 1.645 σ = ln p95; a spread beyond σ = 1.645 cannot be told from these two. */
function logNormal ({ mean, p95 }: Lengths): (x: number) => number {
  const ratio = Math.log(p95 / mean)
  const sigma = Math.max(1e-6, Z95 - Math.sqrt(Math.max(0, Z95 ** 2 - 2 * Math.max(0, ratio))))
  const mu = Math.log(mean) - sigma ** 2 / 2
  return (x) => normal((Math.log(x) - mu) / sigma)
}

/** Φ(z), to 2·10⁻⁷ (Abramowitz and Stegun 7.1.26). */
function normal (z: number): number {
  const x = Math.abs(z) / Math.SQRT2
  const t = 1 / (1 + 0.3275911 * x)
  const tail = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))) * Math.exp(-x * x) / 2
  return z < 0 ? tail : 1 - tail
}
