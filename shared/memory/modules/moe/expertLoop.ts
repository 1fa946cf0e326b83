import { dimension, edgeOf, GradNode, Scope, shape, Tensor, type Shape, type Storage } from '../../tape/index.ts'
import { add, cast, gradient, multiply, needsGrad, output, silu } from '../elementwise.ts'
import { INDEX_SIZE, weightRows } from '../indexing.ts'
import type { Parameter } from '../linear.ts'
import { split } from '../views.ts'
import type { Gate } from './gates.ts'
import { linearOver } from '../functional.ts'
import type { ExpertSizes, Routing } from './sizes.ts'

/** What one expert makes of its tokens; everything that it names belongs to the frame given. */
export type OneExpert = (frame: Scope, tokens: Tensor, rows: number, expert: number) => Tensor

/** Tokens of expert i where they are spread evenly; 0 where there are fewer pairs than experts. */
export function rowsOfExpert ({ pairs, experts }: ExpertSizes, i: number): number {
  const hit = Math.min(experts.size, pairs.elements)
  return i >= hit ? 0 : Math.floor(pairs.elements / hit) + (i < pairs.elements % hit ? 1 : 0)
}

/**
 * The loop over experts of transformers' modeling files (MixtralExperts.forward; `_experts_implementation` "eager"): every expert
 * that got tokens gathers them, runs, and adds its result in place. Tokens are spread evenly; names of one expert live until the
 * next one binds them anew.
 */
export function loopOverExperts (caller: Scope, x: Tensor, { weights }: Routing, sizes: ExpertSizes, run: OneExpert): Tensor {
  const { tape } = caller
  const { tokens, pairs, experts } = sizes
  const scope = new Scope(tape)
  tape.module = 'experts'
  let sum = output(scope, tokens, x.elementSize, 'output')
  routingMask(scope, sizes)
  let previous: Scope | null = null
  const hit = Math.min(experts.size, pairs.elements)
  for (let i = 0; i < hit; i++) {
    const rows = rowsOfExpert(sizes, i)
    const frame = new Scope(tape)
    const extent = (last: Shape): Shape => shape(dimension('n', rows), ...last.dimensions.slice(1))
    const places = output(frame, shape(dimension('n', rows), dimension('2', 2)), INDEX_SIZE, 'places of the expert’s tokens')
    const state = gather(frame, x, places, extent(tokens))
    const result = run(frame, state, rows, i)
    const column = gather(frame, weights, places, shape(dimension('n', rows), dimension('1', 1)))
    const weighted = weightRows(frame, result, column, 'weighted')
    frame.drop(column, result)
    const narrow = cast(frame, weighted, x.elementSize, 'weighted, in the type of the output')
    sum = addRows(scope, sum, narrow, places)
    if (narrow !== weighted) frame.drop(narrow)
    previous?.close()
    previous = frame
  }
  previous?.close()
  return scope.return(sum, caller)
}

/** The stacks of one layer; with an adapter they are made when first used. */
export interface Stacks {
  readonly gateUp: () => Tensor
  readonly down: () => Tensor
  readonly gateUpBias: Parameter | null
  readonly downBias: Parameter | null
}

/** An expert of two stacks: gate and up as one matmul, their halves named. */
export function stackedExpert (stacks: Stacks, { width, hiddenSize }: ExpertSizes, gate: Gate | null): OneExpert {
  return (frame, tokens, rows) => {
    const extent = (symbol: string, size: number): Shape => shape(dimension('n', rows), dimension(symbol, size))
    const both = biased(frame, overStack(frame, tokens, stacks.gateUp(), extent('2I', 2 * width.size)), stacks.gateUpBias)
    const half = extent('I', width.size)
    const product = gate ? gate(frame, both, half) : namedGate(frame, both, half)
    const result = biased(frame, overStack(frame, product, stacks.down(), extent('h', hiddenSize.size)), stacks.downBias)
    frame.drop(product)
    return result
  }
}

/** `gate, up = ….chunk(2)`; `act(gate) * up` */
function namedGate (frame: Scope, both: Tensor, half: Shape): Tensor {
  const [gate, up] = split(frame, both, [half, half])
  frame.drop(both)
  const activated = silu(frame, gate!)
  const product = multiply(frame, activated, up!)
  frame.drop(activated)
  return product
}

/** F.linear over `stack[i]`: the gradient of each expert's part is padded to the whole stack (select_backward). `viewed`: the stack is a view of the parameter. */
export function overStack (frame: Scope, x: Tensor, stack: Tensor, extent: Shape, viewed = false): Tensor {
  const part = partOf(frame, stack, viewed)
  const result = linearOver(frame, x, part, extent)
  frame.drop(part)
  return result
}

/** `stack[i]`: a view. */
function partOf (frame: Scope, stack: Tensor, viewed = false): Tensor {
  const { tape } = frame
  const padded = (): Storage => {
    const result = tape.allocate(stack.shape, stack.elementSize, 'weight gradient', stack.leaf ? 'gradients' : 'temporaries')
    result.isView = viewed
    return result
  }
  const node = needsGrad(tape, stack) ? new GradNode(tape, [edgeOf(stack)], [], () => [padded()]) : null
  tape.retain(stack.storage)
  return frame.own(new Tensor(stack.storage, shape(...stack.shape.dimensions.slice(1)), stack.elementSize, node !== null, node))
}

/** `… + bias[i]` (gpt-oss) */
function biased (frame: Scope, x: Tensor, biases: Parameter | null): Tensor {
  if (!biases) return x
  const part = partOf(frame, biases)
  const result = add(frame, x, part, 'with its bias')
  frame.drop(x, part)
  return result
}

/** one_hot of the chosen experts with one class more, and which experts were hit. */
function routingMask (scope: Scope, { chosen, experts }: ExpertSizes): void {
  const classes = dimension('E+1', experts.size + 1)
  output(scope, shape(...chosen.dimensions, classes), INDEX_SIZE, 'expert mask')
  const counts = output(scope, shape(classes), INDEX_SIZE, 'tokens per expert')
  const flags = output(scope, shape(classes), 1, 'hit')
  output(scope, shape(experts), INDEX_SIZE, 'hit experts')
  scope.drop(counts, flags)
}

/** `x[rows]` and `weights[rows, positions, None]`: keep the places; backward adds into zeros. */
function gather (frame: Scope, x: Tensor, places: Tensor, extent: Shape): Tensor {
  const { tape } = frame
  const node = needsGrad(tape, x) ? new GradNode(tape, [edgeOf(x)], [places.storage], () => [gradient(tape, x.shape, x.elementSize)]) : null
  return output(frame, extent, x.elementSize, 'gathered tokens', node)
}

/** `sum.index_add_(0, rows, x)`: in place; keeps the places and x itself (derivatives.yaml index_add: `expand_as(source)`); backward gathers the rows. */
function addRows (scope: Scope, sum: Tensor, x: Tensor, places: Tensor): Tensor {
  const { tape } = scope
  const edges = [edgeOf(sum), edgeOf(x)]
  const node = needsGrad(tape, sum, x)
    ? new GradNode(tape, edges, [places.storage, ...(x.requiresGrad ? [x.storage] : [])], (g) => [edges[0] ? tape.retain(g) : null, edges[1] ? gradient(tape, x.shape, x.elementSize) : null])
    : null
  tape.retain(sum.storage)
  const result = scope.own(new Tensor(sum.storage, sum.shape, sum.elementSize, node !== null, node))
  scope.drop(sum)
  return result
}
