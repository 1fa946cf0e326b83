import { edgeOf, GradNode, NOTHING, shape, Tensor, type Edge, type Scope, type Selectable, type Shape, type Storage, type Tape } from '../tape/index.ts'

/*
 * Elementwise operations and what autograd keeps for them (tools/autograd/derivatives.yaml): mul keeps an operand if the other
 * one needs a gradient; casts, additions and scalings keep nothing; silu and pow keep their input, softmax its output.
 */

export const needsGrad = (tape: Tape, a: Tensor | null, b: Tensor | null = null, c: Tensor | null = null, d: Tensor | null = null): boolean =>
  tape.gradEnabled && (isTracked(a) || isTracked(b) || isTracked(c) || isTracked(d))

/** The same for a list of them. */
export const anyNeedsGrad = (tape: Tape, inputs: readonly (Tensor | null)[]): boolean => tape.gradEnabled && inputs.some(isTracked)

const isTracked = (tensor: Tensor | null): boolean => tensor !== null && tensor.requiresGrad

/** A fresh output owned by the scope. Saved inputs must be packed (the node made) before it is allocated. */
export function output (scope: Scope, extent: Shape, elementSize: number, role: string, node: GradNode | null = null): Tensor {
  return scope.own(new Tensor(scope.tape.allocate(extent, elementSize, role), extent, elementSize, node !== null, node))
}

/** The same for an operation that selective checkpointing may keep instead of running it again. */
export function selectableOutput (scope: Scope, operation: Selectable, extent: Shape, elementSize: number, role: string, node: GradNode | null = null): Tensor {
  const { tape } = scope
  const storage = tape.frame ? tape.frame.produce(operation, () => tape.allocate(extent, elementSize, role)) : tape.allocate(extent, elementSize, role)
  return scope.own(new Tensor(storage, extent, elementSize, node !== null, node))
}

/** A gradient of that extent, fresh. */
export const gradient = (tape: Tape, extent: Shape, elementSize: number): Storage => tape.allocate(extent, elementSize, 'gradient')

/** An operation of one input whose backward makes one gradient of the input's extent and type. */
function unary (scope: Scope, x: Tensor, extent: Shape, elementSize: number, role: string, saves: readonly Storage[] = NOTHING): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, x) ? new GradNode(tape, [edgeOf(x)], saves, () => [gradient(tape, x.shape, x.elementSize)]) : null
  return output(scope, extent, elementSize, role, node)
}

/** `x.to(dtype)`: the same handle when nothing changes. */
export function cast (scope: Scope, x: Tensor, elementSize: number, role = 'cast'): Tensor {
  if (x.elementSize === elementSize) return x
  const result = unary(scope, x, x.shape, elementSize, role)
  result.tokensLast = x.tokensLast
  return result
}

/** tensor × Python scalar. */
export const scale = (scope: Scope, x: Tensor, role = 'scaled'): Tensor => unary(scope, x, x.shape, x.elementSize, role)

export const silu = (scope: Scope, x: Tensor): Tensor => unary(scope, x, x.shape, x.elementSize, 'silu output', [x.storage])

/** A contiguous copy of part of `x`; backward pads with zeros (slice_backward). */
export const sliceCopy = (scope: Scope, x: Tensor, extent: Shape, role: string): Tensor => unary(scope, x, extent, x.elementSize, role)

/**
 * Key or value heads for all query heads: a copy, except that repeat_kv (transformers sdpa_attention.py: expand, reshape) of a
 * single head is a view. `interleaves`: SDPA's own repeat_interleave, which always copies.
 */
export function repeatHeads (scope: Scope, x: Tensor, extent: Shape, interleaves = false): Tensor {
  if (extent.elements === x.elements) return scope.alias(x)
  if (interleaves || x.shape.dimensions[2]!.size > 1) return unary(scope, x, extent, x.elementSize, 'repeated heads')
  const { tape } = scope
  const node = needsGrad(tape, x) ? new GradNode(tape, [edgeOf(x)], [], () => [gradient(tape, x.shape, x.elementSize)]) : null
  tape.retain(x.storage)
  return scope.own(new Tensor(x.storage, extent, x.elementSize, node !== null, node))
}

/** An operation whose backward passes the gradient on as it is: clone, contiguous copy. */
export function passThrough (scope: Scope, x: Tensor, role: string): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, x) ? new GradNode(tape, [edgeOf(x)], [], (g) => [tape.retain(g)]) : null
  return output(scope, x.shape, x.elementSize, role, node)
}

/** x + constant of a type that may be wider: backward casts the gradient back where it is. */
export function addConstant (scope: Scope, x: Tensor, elementSize: number, role: string): Tensor {
  return x.elementSize === elementSize ? passThrough(scope, x, role) : unary(scope, x, x.shape, elementSize, role)
}

/** native_dropout: keeps a boolean mask, one byte per element. */
export function dropout (scope: Scope, x: Tensor): Tensor {
  const { tape } = scope
  const needs = needsGrad(tape, x)
  const result = output(scope, x.shape, x.elementSize, 'dropout output')
  result.tokensLast = x.tokensLast
  const mask = output(scope, x.shape, 1, 'dropout mask')
  if (needs) {
    result.requiresGrad = true
    result.node = new GradNode(tape, [edgeOf(x)], [mask.storage], () => [gradient(tape, x.shape, x.elementSize)])
  }
  scope.drop(mask)
  return result
}

/** Keeps its output. */
export const tanh = (scope: Scope, x: Tensor): Tensor => keepingOutput(scope, x, x.elementSize, 'tanh output')

/** Softmax in `elementSize`; keeps its output. */
export const softmax = (scope: Scope, x: Tensor, elementSize: number): Tensor => keepingOutput(scope, x, elementSize, 'softmax output')

function keepingOutput (scope: Scope, x: Tensor, elementSize: number, role: string): Tensor {
  const { tape } = scope
  const result = output(scope, x.shape, elementSize, role)
  if (needsGrad(tape, x)) {
    result.requiresGrad = true
    result.node = new GradNode(tape, [edgeOf(x)], [result.storage], () => [gradient(tape, x.shape, x.elementSize)])
  }
  return result
}

/**
 * a × b, either operand broadcast. Backward makes both products in full before it sums a broadcast operand's down, and casts
 * a gradient back where the operand was of a narrower type.
 */
export function multiply (scope: Scope, a: Tensor, b: Tensor, role = 'product'): Tensor {
  const { tape } = scope
  const elementSize = Math.max(a.elementSize, b.elementSize)
  const extent = a.elements >= b.elements ? a.shape : b.shape
  let node: GradNode | null = null
  if (needsGrad(tape, a, b)) {
    const edges = [edgeOf(a), edgeOf(b)]
    const saves = factors(a, b)
    node = new GradNode(tape, edges, saves, () => [edges[0] ? gradient(tape, extent, elementSize) : null, edges[1] ? gradient(tape, extent, elementSize) : null])
    node.fit = ([ofA, ofB]) => {
      const narrowB = ofB ? reduced(tape, b, ofB, extent) : null
      const narrowA = ofA ? reduced(tape, a, ofA, extent) : null
      return [narrowA ? inTypeOf(tape, a, narrowA) : null, narrowB ? inTypeOf(tape, b, narrowB) : null]
    }
  }
  return output(scope, extent, elementSize, role, node)
}

/** What a product keeps: each factor if the other one needs a gradient. */
function factors (a: Tensor, b: Tensor): readonly Storage[] {
  if (a.requiresGrad && b.requiresGrad) return [a.storage, b.storage]
  return b.requiresGrad ? [a.storage] : [b.storage]
}

/** The gradient of a broadcast operand, summed down to its extent. */
function reduced (tape: Tape, { shape, elements }: Tensor, made: Storage, extent: Shape): Storage {
  return elements < extent.elements ? replaced(tape, made, shape, made.elementSize) : made
}

/** The gradient in the operand's own type. */
function inTypeOf (tape: Tape, { shape, elementSize }: Tensor, made: Storage): Storage {
  return elementSize === made.elementSize ? made : replaced(tape, made, shape, elementSize)
}

function replaced (tape: Tape, made: Storage, extent: Shape, elementSize: number): Storage {
  const result = gradient(tape, extent, elementSize)
  tape.release(made)
  return result
}

/** a + b; backward hands the same gradient to both, or a cast or reduced copy where type or extent differ. */
export function add (scope: Scope, a: Tensor, b: Tensor, role = 'sum'): Tensor {
  const { tape } = scope
  const elementSize = Math.max(a.elementSize, b.elementSize)
  const extent = a.elements >= b.elements ? a.shape : b.shape
  let node: GradNode | null = null
  if (needsGrad(tape, a, b)) {
    const edges = [edgeOf(a), edgeOf(b)]
    const handed = (edge: Edge, t: Tensor, g: Storage): Storage | null => {
      if (!edge) return null
      return t.elementSize !== elementSize || t.elements !== extent.elements ? gradient(tape, t.shape, t.elementSize) : tape.retain(g)
    }
    node = new GradNode(tape, edges, NOTHING, (g) => [handed(edges[0]!, a, g), handed(edges[1]!, b, g)])
  }
  return output(scope, extent, elementSize, role, node)
}

/** a += b: the result is a's own storage; backward hands the gradient to both. */
export function addInPlace (scope: Scope, a: Tensor, b: Tensor): Tensor {
  const { tape } = scope
  const edges = [edgeOf(a), edgeOf(b)]
  const node = needsGrad(tape, a, b) ? new GradNode(tape, edges, [], (g) => edges.map((edge) => edge ? tape.retain(g) : null)) : null
  tape.retain(a.storage)
  return scope.own(new Tensor(a.storage, a.shape, a.elementSize, node !== null, node))
}

/** torch.matmul of two activations: keeps both (each if the other needs a gradient). */
export function matmul (scope: Scope, a: Tensor, b: Tensor, extent: Shape, role: string): Tensor {
  const { tape } = scope
  let node: GradNode | null = null
  if (needsGrad(tape, a, b)) {
    const edges = [edgeOf(a), edgeOf(b)]
    node = new GradNode(tape, edges, factors(a, b), () => [edges[0] ? gradient(tape, a.shape, a.elementSize) : null, edges[1] ? gradient(tape, b.shape, b.elementSize) : null])
  }
  return output(scope, extent, a.elementSize, role, node)
}

/** The extent with its last dimension halved. */
export const halfOf = (extent: Shape): Shape => extent.derive('half', () => {
  const last = extent.dimensions.at(-1)!
  return shape(...extent.dimensions.slice(0, -1), { symbol: `${last.symbol}/2`, size: last.size / 2 })
})
