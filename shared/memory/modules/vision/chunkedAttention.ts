import { ALLOCATION_UNIT, dimension, edgeOf, GradNode, roundedBytes, Scope, shape, type Tensor } from '../../tape/index.ts'
import type { Dimension } from '../../result.ts'
import type { AttentionGeometry } from '../attention.ts'
import { eagerAttention, flashAttention } from '../attention.ts'
import { embeddingSize } from '../attend.ts'
import { cast, gradient, needsGrad, selectableOutput } from '../elementwise.ts'
import { flash2Workspace } from '../flashWorkspace.ts'
import { mathAttention } from '../mathAttention.ts'
import type { Run } from '../run.ts'
import { concatenate, split } from '../views.ts'

/** Attention within stretches of a packed sequence, one call for each: images, or windows of them. */
export interface Chunks {
  /** Patches of each stretch. */
  readonly lengths: readonly number[]
  readonly heads: Dimension
  readonly headDim: Dimension
}

const ceilTo = (n: number, multiple: number): number => Math.ceil(n / multiple) * multiple

function geometryOf ({ heads, headDim }: Chunks, length: number): AttentionGeometry {
  const [one, p] = [dimension('1', 1), dimension('p', length)]
  return { batch: one, sequence: p, heads, kvHeads: heads, headDim, query: shape(one, p, heads, headDim), scores: shape(one, heads, p, p), mask: null, bias: null, unmasked: true }
}

/** q, k and v split, attended stretch by stretch, and the outputs joined: a copy, even of one (qwen2_5_vl/modeling_qwen2_5_vl.py VisionAttention). */
export function chunkedAttention (caller: Scope, q: Tensor, k: Tensor, v: Tensor, chunks: Chunks, run: Run): Tensor {
  const scope = new Scope(caller.tape)
  const { tape } = run
  tape.module = 'attention'
  const kind = run.plan.runtime.attention
  if (kind === 'eager' || kind === 'math') {
    const parts = [q, k, v].map((t) => split(scope, t, chunks.lengths.map((length) => geometryOf(chunks, length).query)))
    const outputs = chunks.lengths.map((length, i) => {
      const inner = new Scope(tape)
      const call = new Scope(tape)
      const [query, key, value] = parts.map((part) => part[i]!) as [Tensor, Tensor, Tensor]
      const at = geometryOf(chunks, length)
      const result = kind === 'math' ? mathAttention(call, query, key, value, at) : eagerAttention(call, query, key, value, at, embeddingSize(run.plan))
      call.return(result, inner)
      return inner.return(result, scope)
    })
    return scope.return(concatenate(scope, outputs, q.shape, 'outputs joined'), caller)
  }
  // FlashAttention's own functions take the packed sequence as it is (flash_attn_varlen_func).
  if (kind === 'flash-2' || kind === 'flash-3') return scope.return(packedKernel(scope, q, k, v, chunks, kind), caller)
  const [query, key, value] = [q, k, v].map((t) => split(scope, t, [t.shape])[0]!) as [Tensor, Tensor, Tensor]
  const inputs = [query, key, value].map((t) => tape.autocast ? cast(scope, t, Math.min(t.elementSize, tape.autocast), 'in the autocast type') : t)
  const mixed = kernel(scope, inputs as [Tensor, Tensor, Tensor], chunks, kind)
  scope.drop(...inputs.filter((t) => t !== query && t !== key && t !== value))
  return scope.return(concatenate(scope, [mixed], q.shape, 'outputs joined'), caller)
}

/** One call for all stretches. */
function packedKernel (scope: Scope, q: Tensor, k: Tensor, v: Tensor, { lengths, heads, headDim }: Chunks, kind: 'flash-2' | 'flash-3'): Tensor {
  const { tape } = scope
  const [one, total] = [dimension('1', 1), dimension('m', lengths.reduce((sum, length) => sum + length, 0))]
  const at: AttentionGeometry = {
    batch: one, sequence: total, heads, kvHeads: heads, headDim, query: q.shape, scores: q.shape, mask: null, bias: null, samples: dimension('n', lengths.length)
  }
  const inputs = [q, k, v].map((t) => tape.autocast ? cast(scope, t, Math.min(t.elementSize, tape.autocast), 'in the autocast type') : t) as [Tensor, Tensor, Tensor]
  return flashAttention(scope, ...inputs, at, kind === 'flash-3')
}

/** All stretches as one: what the calls keep adds up, the workspace is that of the longest alone. */
function kernel (scope: Scope, [q, k, v]: [Tensor, Tensor, Tensor], chunks: Chunks, kind: string): Tensor {
  const { tape } = scope
  const efficient = kind === 'efficient'
  const { heads, headDim, lengths } = chunks
  const ofHeads = (length: number, size: number): number => roundedBytes(heads.size * length * size)
  const total = lengths.reduce((sum, length) => sum + length, 0)
  // What the calls' own outputs are rounded up by goes with the log-sum-exps, and the two integers of the generator's state of every call.
  const rounding = lengths.reduce((sum, length) => sum + ofHeads(length, headDim.size * q.elementSize), -ofHeads(total, headDim.size * q.elementSize))
  const sums = lengths.reduce((sum, length) => sum + ofHeads(efficient ? ceilTo(length, 32) : length, 4), Math.max(0, rounding) + lengths.length * 2 * ALLOCATION_UNIT)
  const needs = needsGrad(tape, q, k, v)
  const result = selectableOutput(scope, 'attention', q.shape, q.elementSize, 'output')
  const logSumExp = selectableOutput(scope, 'attention', shape(dimension('Σ nh·p', sums / 4)), 4, 'log-sum-exp')
  if (needs) {
    const longest = geometryOf(chunks, Math.max(...chunks.lengths))
    result.requiresGrad = true
    result.node = new GradNode(tape, [edgeOf(q), edgeOf(k), edgeOf(v)], [q.storage, k.storage, v.storage, result.storage, logSumExp.storage], () => {
      const gradients = [q, k, v].map((t) => gradient(tape, t.shape, t.elementSize))
      tape.transient(...efficient
        ? [[shape(heads, longest.sequence), 4, 'delta'] as const]
        : flash2Workspace(q, k, longest))
      return gradients
    })
  }
  scope.drop(logSumExp)
  return result
}
