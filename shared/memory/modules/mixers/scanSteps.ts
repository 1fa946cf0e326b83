import type { Mamba1 } from '../../../architecture/linearMixer.ts'
import { dimension, edgeOf, GradNode, roundedBytes, shape, type Scope, type Shape, type Tensor } from '../../tape/index.ts'
import { add, cast, gradient, needsGrad, output } from '../elementwise.ts'
import type { Run } from '../run.ts'
import { asView, times, viewed } from './operations.ts'

/** Extents of one sequential scan. */
export interface ScanSizes {
  readonly steps: number
  /** [b, d, s] and [b, d, s, 1] */
  readonly inner: Shape
  readonly inner1: Shape
  /** [b, 1, s, n] */
  readonly states: Shape
  /** [b, d, s, n] */
  readonly all: Shape
  /** [b, d, n] and [b, d, 1]: one step */
  readonly state: Shape
  readonly out: Shape
}

export function scanSizes ({ batch: b, sequence: s }: Run, { innerSize, stateSize }: Mamba1): ScanSizes {
  const [d, n, one] = [dimension('d', innerSize), dimension('n', stateSize), dimension('1', 1)]
  return {
    steps: s.size,
    inner: shape(b, d, s),
    inner1: shape(b, d, s, one),
    states: shape(b, one, s, n),
    all: shape(b, d, s, n),
    state: shape(b, d, n),
    out: shape(b, d, one)
  }
}

interface StepInputs {
  readonly decay: Tensor
  readonly fed: Tensor
  readonly c: Tensor
  /** Size of an element of the input. */
  readonly size: number
}

/**
 * The loop over the tokens: state ← decay · state + fed, output = state · C. The last two steps are on the tape one by one. Those
 * before keep the same and leave less and less live in the backward pass, so no moment of theirs is the highest: they are one node.
 */
export class Steps {
  private readonly scope: Scope
  private readonly inputs: StepInputs
  private readonly sizes: ScanSizes
  private state: Tensor
  /** Of an element of what the product of state and C makes. */
  private readonly size: number
  /** What torch.stack joins: edges of the steps' outputs. */
  private readonly outputs: (GradNode | null)[] = []

  constructor (scope: Scope, inputs: StepInputs, sizes: ScanSizes) {
    this.scope = scope
    this.inputs = inputs
    this.sizes = sizes
    this.state = output(scope, sizes.state, inputs.size, 'initial state')
    this.size = scope.tape.autocast ? Math.min(inputs.size, scope.tape.autocast) : inputs.size
  }

  run (): { stacked: Tensor } {
    const { scope, size, sizes: { steps, inner } } = this
    const early = Math.max(0, steps - 2)
    if (early > 0) this.bulk(early)
    for (let i = early; i < steps; i++) this.step()
    const { tape } = scope
    const outputs = [...this.outputs]
    const node = tape.gradEnabled && outputs.some((o) => o) ? new GradNode(tape, outputs, [], (g) => outputs.map((o) => o && asView(tape.retain(g)))) : null
    return { stacked: output(scope, inner, size, 'stacked outputs', node) }
  }

  private step (): void {
    const { scope, size, sizes, inputs: { decay, fed, c } } = this
    const { tape } = scope
    const decayOfStep = select(scope, decay, sizes.state)
    const carried = times(scope, decayOfStep, this.state, sizes.state, 'decay · state')
    const fedOfStep = select(scope, fed, sizes.state)
    const next = add(scope, carried, fedOfStep, 'state')
    scope.drop(carried, decayOfStep, fedOfStep, this.state)
    this.state = next
    const narrow = cast(scope, next, size, 'state in the input type')
    const cOfStep = select(scope, c, this.stepOfC)
    const narrowC = cast(scope, cOfStep, this.sizeOfC, 'C in the autocast type')
    const product = this.multiply(narrow, narrowC)
    if (narrow !== next) scope.drop(narrow)
    scope.drop(cOfStep, narrowC)
    this.outputs.push(product.node && new GradNode(tape, [product.node], [], () => [gradient(tape, sizes.out, size)]))
  }

  private get stepOfC (): Shape {
    const { dimensions } = this.inputs.c.shape
    return shape(dimensions[0]!, dimensions.at(-1)!)
  }

  /** Autocast narrows the C of every step anew. */
  private get sizeOfC (): number {
    const { elementSize } = this.inputs.c
    return this.scope.tape.autocast ? Math.min(elementSize, this.scope.tape.autocast) : elementSize
  }

  /** torch.matmul of a state and the C of its step. */
  private multiply (state: Tensor, c: Tensor): Tensor {
    const { scope, size, sizes } = this
    const { tape } = scope
    const edges = [edgeOf(state), edgeOf(c)]
    const node = needsGrad(tape, state, c)
      ? new GradNode(tape, edges, [...(c.requiresGrad ? [state.storage] : []), ...(state.requiresGrad ? [c.storage] : [])], () => {
        const second = edges[1] ? gradient(tape, c.shape, size) : null
        return [edges[0] ? asView(gradient(tape, sizes.state, size)) : null, second]
      })
      : null
    return output(scope, sizes.out, size, 'output of a step', node)
  }

  /** `count` steps at once. Where nothing is kept, as in the first run under a checkpoint, only the last state is there. */
  private bulk (count: number): void {
    const { scope, size, sizes, inputs: { decay, fed, c } } = this
    const { tape } = scope
    const differentiated = needsGrad(tape, decay, fed, c)
    const keeps = differentiated && !tape.frame?.isFirstRun
    // The state after the last of these steps is kept by the step that follows, and in fp32 by its own product too.
    const states = keeps && count > 1 ? [output(scope, many(count - 1, sizes.state, 4), 4, 'states')] : []
    const last = output(scope, sizes.state, 4, 'state')
    const narrow = keeps && size < 4 ? output(scope, many(count, sizes.state, size), size, 'states in the input type') : last
    output(scope, many(count, sizes.out, size), size, 'outputs of the steps')
    const narrowC = keeps && this.sizeOfC < c.elementSize ? output(scope, many(count, this.stepOfC, this.sizeOfC), this.sizeOfC, 'C in the autocast type') : c
    let node: GradNode | null = null
    if (differentiated) {
      node = new GradNode(tape, [decay, fed, c].map(edgeOf), [this.state, ...keeps ? states : [last], narrow, narrowC].map((t) => t.storage), () => [null, null, null])
      this.outputs.push(new GradNode(tape, [node], [], () => [null]))
    }
    scope.drop(this.state)
    this.state = viewed(scope, last, sizes.state, node)
    this.state.requiresGrad = node !== null
    scope.drop(last, ...states, ...narrow === last ? [] : [narrow], narrowC)
  }
}

/** `x[:, :, i]`: backward puts the gradient into zeros of the full extent. */
function select (scope: Scope, x: Tensor, extent: Shape): Tensor {
  const { tape } = scope
  return viewed(scope, x, extent, needsGrad(tape, x) ? new GradNode(tape, [edgeOf(x)], [], () => [gradient(tape, x.shape, x.elementSize)]) : null)
}

/** So many storages of that extent as one, each rounded up by the allocator. */
const many = (count: number, extent: Shape, elementSize: number): Shape => {
  const each = roundedBytes(extent.elements * elementSize) / elementSize
  return each === extent.elements ? shape(dimension('steps', count), ...extent.dimensions) : shape(dimension('steps', count), dimension('⌈b·d⌉', each))
}
