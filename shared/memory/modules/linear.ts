import { edgeOf, GradNode, Leaf, Tensor, type Scope, type Shape, type Storage, type Tape } from '../tape/index.ts'
import type { TableAdapter } from './adapters/loraEmbedding.ts'
import { cast, gradient, needsGrad, output, passThrough, selectableOutput } from './elementwise.ts'
import type { RouterAdapter } from './moe/routerAdapter.ts'
import type { AdapterLayer } from './projection.ts'

/** A persistent tensor of the model. `leaf` exists when it is trained. */
export class Parameter extends Tensor {
  readonly name: string
  /** Used through a view (`x @ weight.T`): autocast does not cache copies of views. */
  viewed = false
  /** Index of the decoder block that it belongs to; negative outside (BEFORE_BLOCKS, AFTER_BLOCKS). */
  layer = -1
  /** The adapter of the head whose weight this is. */
  headAdapter: AdapterLayer | null = null
  /** LoRA on the router whose weight this is. */
  routerAdapter: RouterAdapter | null = null
  /** The adapter of the embedding whose table this is. */
  tableAdapter: TableAdapter | null = null

  constructor (storage: Storage, extent: Shape, elementSize: number, trained: boolean, name: string) {
    super(storage, extent, elementSize, trained, null, trained ? new Leaf() : null)
    this.name = name
  }
}

/** A gradient that arrives as the transpose or reshape of a matmul result. */
function viewGradient (tape: Tape, extent: Shape, elementSize: number): Storage {
  const result = gradient(tape, extent, elementSize)
  result.isView = true
  return result
}

function weightGradient (tape: Tape, extent: Shape, elementSize: number): Storage {
  const result = tape.allocate(extent, elementSize, 'weight gradient', 'gradients')
  result.isView = true
  return result
}

/**
 * F.linear. Keeps the input if the weight is trained and the weight if the input needs a gradient. Under autocast the input
 * and the weight are cast; casts of trained fp32 leaves are cached until the autocast region ends (ATen/autocast_mode.cpp
 * cached_cast), others are made again on every call.
 */
export function linear (scope: Scope, x: Tensor, weight: Parameter, extent: Shape, bias: Parameter | null = null): Tensor {
  const { tape } = scope
  const temporaries: Tensor[] = []
  let input = x
  let used: Tensor = weight
  let computeSize = x.elementSize
  if (tape.autocast) {
    computeSize = tape.autocast
    // The compiled wrapper evaluates its arguments from the last to the first, which decides the order of the backward pass.
    if (bias && bias.elementSize > computeSize) bias = castBias(scope, bias, computeSize, temporaries)
    if (weight.elementSize > computeSize) {
      used = castWeight(scope, weight, computeSize)
      if (!isCached(weight)) temporaries.push(used)
    }
    if (x.elementSize > computeSize) {
      // An input that is itself a leaf (the embedding output under enable_input_require_grads, a checkpoint's detached input) is cached as a weight is.
      const cached = x.leaf !== null && x.requiresGrad && x.elementSize === 4 && tape.weightCache !== null
      input = cached ? castWeight(scope, x, computeSize) : cast(scope, x, computeSize, 'input in the autocast type')
      if (!cached) temporaries.push(input)
    }
  }
  if (input.tokensLast && weight.requiresGrad && input.shape.dimensions[0]!.size > 1) {
    // Linear.cpp should_fold: with a trained weight matmul folds rows and tokens, which copies; with a frozen one it is a bmm.
    temporaries.push(input = passThrough(scope, input, 'tokens in the middle'))
  }
  let node: GradNode | null = null
  if (needsGrad(tape, input, used, bias)) {
    const edges = [edgeOf(input), edgeOf(used), bias ? edgeOf(bias) : null]
    const saves = [...(input.requiresGrad ? [used.storage] : []), ...(weight.requiresGrad ? [input.storage] : [])]
    const inputShape = input.shape
    const inputSize = input.elementSize
    const biasShape = bias?.shape
    node = new GradNode(tape, edges, saves, () => {
      const biasGradient = edges[2] && biasShape ? tape.allocate(biasShape, computeSize, 'bias gradient', 'gradients') : null
      const dWeight = edges[1] ? weightGradient(tape, weight.shape, computeSize) : null
      const dInput = edges[0] ? viewGradient(tape, inputShape, inputSize) : null
      return [dInput, dWeight, biasGradient]
    })
  }
  // With a bias it is addmm, which no policy selects.
  const result = bias ? output(scope, extent, computeSize, 'output', node) : selectableOutput(scope, 'matmul', extent, computeSize, 'output', node)
  scope.drop(...temporaries)
  return result
}

const isCached = (weight: Tensor): boolean => weight.requiresGrad && !(weight instanceof Parameter && weight.viewed)

/** Autocast's copy of a parameter; its backward returns the gradient to the parameter's own type. */
function castParameter (tape: Tape, parameter: Tensor, elementSize: number): Tensor {
  const node = needsGrad(tape, parameter)
    ? new GradNode(tape, [parameter.leaf], [], () => [tape.allocate(parameter.shape, parameter.elementSize, 'weight gradient', 'gradients')])
    : null
  const storage = tape.allocate(parameter.shape, elementSize, 'autocast copy of the weight', 'temporaries')
  return new Tensor(storage, parameter.shape, elementSize, parameter.requiresGrad, node)
}

/** Autocast's copy of a weight: cached until the region ends for a trained leaf, else owned by the scope. */
export function castWeight (scope: Scope, weight: Tensor, elementSize: number): Tensor {
  const { tape } = scope
  if (!isCached(weight) || !tape.weightCache) return scope.own(castParameter(tape, weight, elementSize))
  let cached = tape.weightCache.get(weight)
  if (!cached) {
    cached = castParameter(tape, weight, elementSize)
    tape.weightCache.set(weight, cached)
  }
  return cached
}

/** The copy of a trained parameter that autocast will use and keep, with its edge in the graph; the parameter itself outside autocast. */
export function autocastCopy (scope: Scope, parameter: Parameter): Parameter {
  const { tape } = scope
  if (!tape.autocast || parameter.elementSize <= tape.autocast) return parameter
  const before = tape.gradEnabled
  tape.gradEnabled = true
  const copy = castWeight(scope, parameter, tape.autocast)
  tape.gradEnabled = before
  return copy as Parameter
}

export function castBias (scope: Scope, bias: Parameter, elementSize: number, temporaries: Tensor[]): Parameter {
  const copy = castWeight(scope, bias, elementSize)
  if (!bias.requiresGrad) temporaries.push(copy)
  return copy as Parameter
}
