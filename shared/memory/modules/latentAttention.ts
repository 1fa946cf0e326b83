import { edgeOf, GradNode, Scope, shape, Tensor, type Shape } from '../tape/index.ts'
import { add, cast, gradient, multiply, needsGrad, output } from './elementwise.ts'
import { concatenate, slice } from './views.ts'

/* What multi-head latent attention does to its heads (transformers models/deepseek_v3/modeling_deepseek_v3.py). */

/**
 * A projection viewed as heads, transposed and split: the parts' joined gradient lies heads first, and the view's backward
 * copies it into the projection's order.
 */
export function headsOf (scope: Scope, x: Tensor): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, x) ? new GradNode(tape, [edgeOf(x)], [], () => [gradient(tape, x.shape, x.elementSize)]) : null
  tape.retain(x.storage)
  return scope.own(new Tensor(x.storage, x.shape, x.elementSize, node !== null, node))
}

/** `x.expand(…)` over the heads: backward sums over them. */
export function expandHeads (scope: Scope, x: Tensor, extent: Shape): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, x) ? new GradNode(tape, [edgeOf(x)], [], () => [gradient(tape, x.shape, x.elementSize)]) : null
  tape.retain(x.storage)
  return scope.own(new Tensor(x.storage, extent, x.elementSize, node !== null, node))
}

/**
 * expand_kv: `new_empty`, then `[…] .copy_` for each part. Every copy is a CopySlices node (torch/csrc/autograd/functions/
 * tensor.cpp): backward copies the whole gradient, clones the part's, and zeros the part for the copy before it.
 */
export function fillParts (scope: Scope, parts: readonly Tensor[], extent: Shape, role: string): Tensor {
  const { tape } = scope
  const elementSize = parts[0]!.elementSize
  let node: GradNode | null = null
  for (const part of parts) {
    const before: GradNode | null = node
    if (!before && !needsGrad(tape, part)) continue
    node = new GradNode(tape, [before, edgeOf(part)], [], () => {
      const whole = gradient(tape, extent, elementSize)
      const own = gradient(tape, part.shape, elementSize)
      if (before) tape.release(gradient(tape, part.shape, elementSize))
      else tape.release(whole)
      if (!part.requiresGrad) tape.release(own)
      return [before ? whole : null, part.requiresGrad ? own : null]
    })
  }
  return output(scope, extent, elementSize, role, node)
}

/** apply_rotary_pos_emb_interleave of one of q and k: even and odd elements are turned against each other and joined. */
export function applyInterleavedRotary (caller: Scope, [even, odd]: readonly [Tensor, Tensor], cos: Tensor, sin: Tensor, extent: Shape): Tensor {
  const scope = new Scope(caller.tape)
  const turn = (x: Tensor, y: Tensor, join: typeof add): Tensor => {
    const direct = multiply(scope, x, cos, 'times cos')
    const crossed = multiply(scope, y, sin, 'times sin')
    const result = join(scope, direct, crossed, 'turned half')
    scope.drop(direct, crossed)
    return result
  }
  const first = turn(even, odd, subtract)
  const second = turn(odd, even, add)
  return scope.return(concatenate(scope, [first, second], extent, 'turned'), caller)
}

/**
 * apply_rotary_emb of DeepSeek V2: x in fp32 as complex numbers, times a table of complex numbers, which lies here as the two
 * tables of their parts; then back to x's type.
 */
export function applyComplexRotary (scope: Scope, wide: Tensor, cos: Tensor, sin: Tensor, elementSize: number): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, wide)
    ? new GradNode(tape, [edgeOf(wide)], [cos.storage, sin.storage], () => [gradient(tape, wide.shape, 4)])
    : null
  const turned = output(scope, wide.shape, 4, 'times the complex table', node)
  const result = cast(scope, turned, elementSize, 'turned')
  if (result !== turned) scope.drop(turned)
  return result
}

/** a − b: backward passes the gradient to a and its negative to b. */
function subtract (scope: Scope, a: Tensor, b: Tensor, role?: string): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, a, b)
    ? new GradNode(tape, [edgeOf(a), edgeOf(b)], [], (g) => [a.requiresGrad ? tape.retain(g) : null, b.requiresGrad ? gradient(tape, b.shape, b.elementSize) : null])
    : null
  return output(scope, a.shape, a.elementSize, role ?? 'difference', node)
}

/** `x[..., 0::2]` and `x[..., 1::2]`. */
export function evenAndOdd (scope: Scope, x: Tensor): readonly [Tensor, Tensor] {
  const last = x.shape.dimensions.at(-1)!
  const half = shape(...x.shape.dimensions.slice(0, -1), { symbol: `${last.symbol}/2`, size: last.size / 2 })
  return [slice(scope, x, half), slice(scope, x, half)]
}
