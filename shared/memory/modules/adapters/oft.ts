import { dimension, edgeOf, GradNode, Scope, shape, type Shape, type Tensor } from '../../tape/index.ts'
import { cast, gradient, needsGrad, output } from '../elementwise.ts'
import type { Parameter } from '../linear.ts'
import type { AdapterLayer, Projection } from '../projection.ts'

/** Extents of the blocks that rotate one input. */
export interface OftBlocks {
  /** [r, B·(B−1)/2]: the upper triangle of every block */
  readonly vectors: Shape
  /** [r, B, B] */
  readonly blocks: Shape
  /** [B, B] */
  readonly block: Shape
  /** [B·(B−1)/2]: where the triangle lies */
  readonly index: Shape
}

/** The block size that PEFT takes: the nearest divisor of the input's width (peft/tuners/oft/layer.py adjust_oft_parameters). */
export function oftBlockSize (into: number, wanted: number): number {
  if (wanted >= into) return into
  let higher = wanted
  while (higher <= into && into % higher !== 0) higher++
  let lower = wanted
  while (lower > 1 && into % lower !== 0) lower--
  return wanted - lower <= higher - wanted ? lower : higher
}

export function oftBlocks (into: number, wanted: number): OftBlocks {
  const size = oftBlockSize(into, wanted)
  const rank = dimension('K/B', into / size)
  const side = dimension('B', size)
  const triangle = dimension('B·(B−1)/2', size * (size - 1) / 2)
  return { vectors: shape(rank, triangle), blocks: shape(rank, side, side), block: shape(side, side), index: shape(triangle) }
}

/** PEFT's OFT around a base layer (peft/tuners/oft/layer.py Linear.forward, OFTRotationModule.forward): the input is rotated, then the layer runs. */
export class OftLayer implements AdapterLayer {
  private readonly vector: Parameter
  private readonly extents: OftBlocks

  constructor (vector: Parameter, extents: OftBlocks) {
    this.vector = vector
    this.extents = extents
  }

  apply (caller: Scope, x: Tensor, base: Projection): Tensor {
    const scope = new Scope(caller.tape)
    const input = cast(scope, x, this.vector.elementSize, 'input in the adapter type')
    const rotated = this.rotate(scope, input)
    scope.drop(input)
    const narrow = cast(scope, rotated, x.elementSize, 'rotated input in its own type')
    const result = base.applyBase(scope, narrow)
    if (narrow !== rotated) scope.drop(narrow)
    return scope.return(cast(scope, result, x.elementSize, 'output in the input type'), caller)
  }

  /** einsum('...rk,rkc->...rc'): one bmm over the blocks, whose result is put back in the input's order by a copy. */
  private rotate (caller: Scope, x: Tensor): Tensor {
    const scope = new Scope(caller.tape)
    const rotation = this.cayley(scope)
    const product = batchedProduct(scope, x, rotation, x.shape, 'rotated blocks')
    const ordered = copy(scope, product, 'rotated input')
    return scope.return(cast(scope, ordered, x.elementSize, 'rotated input in the adapter type'), caller)
  }

  /** _cayley_batch with five Neumann terms: R = I + 2Q + 2Q² + 2Q³ + Q⁴, added up in place. */
  private cayley (caller: Scope): Tensor {
    const { blocks } = this.extents
    const scope = new Scope(caller.tape)
    const skew = this.skewSymmetric(scope)
    const eye = output(scope, this.extents.block, skew.elementSize, 'identity')
    let rotation = output(scope, blocks, skew.elementSize, 'rotation')
    scope.drop(eye)
    rotation = addInPlace(scope, rotation, skew, true)
    let power = batchedProduct(scope, skew, skew, blocks, 'Q²')
    rotation = addInPlace(scope, rotation, power, true)
    for (const last of [false, true]) {
      const next = batchedProduct(scope, power, skew, blocks, last ? 'Q⁴' : 'Q³')
      if (last) scope.drop(power)
      power = next
      rotation = addInPlace(scope, rotation, power, !last)
    }
    return scope.return(rotation, caller)
  }

  /** zeros with the triangle written in, less its transpose. */
  private skewSymmetric (caller: Scope): Tensor {
    const { tape } = caller
    const { vector, extents: { blocks } } = this
    const scope = new Scope(tape)
    const size = vector.elementSize
    const written = needsGrad(tape, vector)
      ? new GradNode(tape, [vector.leaf], [], () => [gradient(tape, vector.shape, size)])
      : null
    const matrix = output(scope, blocks, size, 'triangle', written)
    const node = written
      ? new GradNode(tape, [written, written], [], (g) => {
        const negated = gradient(tape, blocks, size)
        negated.isView = true
        return [tape.retain(g), negated]
      })
      : null
    const skew = output(scope, blocks, size, 'skew-symmetric matrix', node)
    scope.drop(matrix)
    return scope.return(skew, caller)
  }
}

/** A contiguous copy of a permuted view. */
function copy (scope: Scope, x: Tensor, role: string): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, x) ? new GradNode(tape, [edgeOf(x)], [], (g) => [tape.retain(g)]) : null
  return output(scope, x.shape, x.elementSize, role, node)
}

/** `a.add_(b, alpha)`: a's storage; b's gradient is scaled and cast to b's type. */
function addInPlace (scope: Scope, a: Tensor, b: Tensor, scaled: boolean): Tensor {
  const { tape } = scope
  const edges = [edgeOf(a), edgeOf(b)]
  if (needsGrad(tape, b)) {
    a.node = new GradNode(tape, edges, [], (g) => {
      const own = edges[0] ? tape.retain(g) : null
      if (!edges[1]) return [own, null]
      let other = scaled ? gradient(tape, a.shape, a.elementSize) : tape.retain(g)
      if (b.elementSize !== a.elementSize) {
        const narrow = gradient(tape, b.shape, b.elementSize)
        tape.release(other)
        other = narrow
      }
      return [own, other]
    })
    a.requiresGrad = true
  }
  return a
}

/** torch.bmm; autocast casts each operand that is too wide. Keeps both where the other needs a gradient. */
function batchedProduct (scope: Scope, a: Tensor, b: Tensor, extent: Shape, role: string): Tensor {
  const { tape } = scope
  const size = tape.autocast || a.elementSize
  const right = tape.autocast ? cast(scope, b, Math.min(b.elementSize, size), 'in the autocast type') : b
  const left = tape.autocast ? cast(scope, a, Math.min(a.elementSize, size), 'in the autocast type') : a
  let node: GradNode | null = null
  if (needsGrad(tape, left, right)) {
    const operands = [left, right] as const
    const edges = operands.map(edgeOf)
    const saves = [...(right.requiresGrad ? [left.storage] : []), ...(left.requiresGrad ? [right.storage] : [])]
    node = new GradNode(tape, edges, saves, () => operands.map((t, i) => edges[i] ? gradient(tape, t.shape, t.elementSize) : null))
  }
  const result = output(scope, extent, size, role, node)
  if (left !== a) scope.drop(left)
  if (right !== b) scope.drop(right)
  return result
}
