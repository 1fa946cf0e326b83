import { upcastsUnquantized, type Plan } from '../../plan/index.ts'
import { activationType, ELEMENT_SIZE } from '../floatType.ts'
import { dimension, shape, type Scope, type Shape, type Tensor } from '../tape/index.ts'
import { eagerAttention, efficientAttention, flashAttention, type AttentionGeometry } from './attention.ts'
import { takesPrefix } from './adapters/prefix.ts'
import { cast, passThrough, repeatHeads } from './elementwise.ts'
import { hasBlockMask, isFlashPackage, readsBoundaries, samplesOf } from './packing.ts'
import { mathAttention } from './mathAttention.ts'
import type { Run } from './run.ts'
import { flashPackage } from './flashPackage.ts'

/** Extents of one attention layer: `masked` when a boolean mask reaches SDPA (padding, or a sliding window that is shorter than the sequence). */
export function attentionGeometry (run: Run, heads: number, kvHeads: number, headDim: number, masked: boolean): AttentionGeometry {
  const { batch, sequence } = run
  const keys = run.plan.method.kind === 'prefix' && !takesPrefix(run.architecture, { kvHeads, headDim }) ? sequence : run.keys
  const withMask = masked || (keys !== sequence && run.plan.method.kind === 'prefix')
  const unpads = run.plan.data.padding && isFlashPackage(run.plan.runtime) && keys === sequence && !run.cache
  const nh = dimension('nh', heads)
  const d = dimension('d', headDim)
  const rows = [batch, dimension('1', 1), sequence]
  const aligned = dimension('⌈s⌉₈', Math.ceil(keys.size / 8) * 8)
  return {
    batch,
    sequence,
    heads: nh,
    kvHeads: dimension('nkv', kvHeads),
    headDim: d,
    query: shape(batch, sequence, nh, d),
    ...keys === sequence ? {} : { keys: shape(batch, keys, nh, d) },
    scores: shape(batch, nh, sequence, keys),
    mask: withMask ? shape(...rows, keys) : null,
    bias: withMask && !hasBlockMask(run.plan) ? shape(...rows, aligned) : null,
    ...readsBoundaries(run.plan) ? { samples: dimension('n', samplesOf(run.plan)) } : unpads && !withMask ? { samples: dimension('n', 1), unpads } : {}
  }
}

/** The widest head that the flash kernels take. */
const FLASH_HEAD_DIM = 256

/** transformers' attention interface: eager, or SDPA's kernel for the inputs at hand. */
export function attend (scope: Scope, q: Tensor, k: Tensor, v: Tensor, at: AttentionGeometry, run: Run): Tensor {
  const { tape } = scope
  const kind = run.plan.runtime.attention
  if (run.cache) [k, v] = run.cache.update(scope, k, v, tape.layer)
  if (run.prefix) [k, v] = run.prefix.extend(scope, k, v, tape.layer)
  tape.module = 'attention'
  if (kind === 'eager') return eagerAttention(scope, q, k, v, at, maskSize(run.plan))
  if (at.samples || (isFlashPackage(run.plan.runtime) && !at.mask && !at.mathKernel && !at.keys && !run.cache)) return flashPackage(scope, q, k, v, at, kind)
  if (at.mathKernel) return mathAttention(scope, q, k, v, at)
  if (kind === 'math') return repeatedMath(scope, q, k, v, at)
  const flash = kind !== 'efficient' && !at.mask && !at.value && at.headDim.size <= FLASH_HEAD_DIM
  // The model repeats key and value heads itself where the kernel is not given grouped heads.
  const repeats = !flash || kind === 'flash-repeated-kv'
  // Without a mask and up to that width the efficient kernel is given grouped heads (use_gqa_in_sdpa), and ATen repeats them (attention.cpp pre_process_group_query_attention_input).
  const interleaves = !flash && !at.mask && at.headDim.size <= FLASH_HEAD_DIM
  const keys = repeats ? repeatHeads(scope, k, at.keys ?? at.query, interleaves) : scope.alias(k)
  const values = repeats ? repeatHeads(scope, v, at.value ?? at.keys ?? at.query, interleaves) : scope.alias(v)
  // Autocast runs scaled_dot_product_attention in its own type.
  const narrow = (t: Tensor): Tensor => tape.autocast ? cast(scope, t, Math.min(t.elementSize, tape.autocast), 'in the autocast type') : t
  const inputs = [narrow(q), narrow(keys), narrow(values)] as const
  const result = flash ? flashAttention(scope, ...inputs, at, kind === 'flash-3') : efficientAttention(scope, ...inputs, at)
  scope.drop(...inputs.filter((t) => t !== q && t !== keys && t !== values), keys, values)
  if (!flash || !at.headsFirst) return result
  const contiguous = passThrough(scope, result, 'output, tokens first')
  scope.drop(result)
  return contiguous
}

/** transformers repeats key and value heads itself where there is a mask (use_gqa_in_sdpa); without one the kernel does. */
function repeatedMath (scope: Scope, q: Tensor, k: Tensor, v: Tensor, at: AttentionGeometry): Tensor {
  if (!at.mask) return mathAttention(scope, q, k, v, at)
  const [keys, values] = [k, v].map((t) => repeatHeads(scope, t, at.keys ?? at.query))
  const result = mathAttention(scope, q, keys!, values!, at)
  scope.drop(keys!, values!)
  return result
}

/** One row per head: [b, s, n]. */
export const headRows = (run: Run, symbol: string, heads: number): Shape => shape(run.batch, run.sequence, dimension(symbol, heads))

/** Size of an element of eager attention's mask: the embedded input's, or the computing type's where the collator makes it. */
const maskSize = (plan: Plan): number => hasBlockMask(plan) ? ELEMENT_SIZE[activationType(plan)] : embeddingSize(plan)

/** Size of an element of the embedded input, which is the type of eager attention's mask. */
export const embeddingSize = ({ method, precision }: Plan): number => upcastsUnquantized(method) ? 4 : ELEMENT_SIZE[precision.weights]
