import { dimension, shape, type Shape } from '../../tape/index.ts'
import type { Run } from '../run.ts'

const CHUNK = 64

/** Extents of the rule: all heads are value heads. */
export interface DeltaRuleExtents {
  readonly chunks: number
  /** [b, nv, s] */
  readonly rows: Shape
  /** [b, nv, s, dk], [b, nv, s, dv] */
  readonly key: Shape
  readonly value: Shape
  /** The same for the padded sequence. */
  readonly paddedRows: Shape
  readonly paddedKey: Shape
  readonly paddedValue: Shape
  /** [b, nv, C, 1]: the last position of every chunk. */
  readonly lastOfChunks: Shape
  readonly oneOfChunks: Shape
  /** [b, nv, C, 64, 64] */
  readonly pairs: Shape
  readonly chunkPairs: Shape
  readonly chunkKey: Shape
  readonly chunkValue: Shape
  /** [b, nv, dk, dv] */
  readonly state: Shape
  readonly mask: Shape
}

export function deltaRuleExtents ({ batch, sequence }: Run, heads: number, keyDim: number, valueDim: number): DeltaRuleExtents {
  const chunks = Math.ceil(sequence.size / CHUNK)
  const [nv, dk, dv] = [dimension('nv', heads), dimension('dk', keyDim), dimension('dv', valueDim)]
  const [all, count, chunk] = [dimension('⌈s⌉₆₄', chunks * CHUNK), dimension('⌈s/64⌉', chunks), dimension('64', CHUNK)]
  return {
    chunks,
    rows: shape(batch, nv, sequence),
    key: shape(batch, nv, sequence, dk),
    value: shape(batch, nv, sequence, dv),
    paddedRows: shape(batch, nv, all),
    paddedKey: shape(batch, nv, all, dk),
    paddedValue: shape(batch, nv, all, dv),
    lastOfChunks: shape(batch, nv, count),
    oneOfChunks: shape(batch, nv),
    pairs: shape(batch, nv, count, chunk, chunk),
    chunkPairs: shape(batch, nv, chunk, chunk),
    chunkKey: shape(batch, nv, chunk, dk),
    chunkValue: shape(batch, nv, chunk, dv),
    state: shape(batch, nv, dk, dv),
    mask: shape(chunk, chunk)
  }
}
