import { edgeOf, GradNode, Scope, shape, type Shape, type Storage, type Tensor } from '../../tape/index.ts'
import { activate, type Activation } from '../activations.ts'
import { cast, gradient, multiply, needsGrad, output } from '../elementwise.ts'
import { castBias, castWeight, type Parameter } from '../linear.ts'
import type { Run } from '../run.ts'
import { slice } from '../views.ts'

/** A depthwise nn.Conv1d: weight [channels, 1, kernel] and bias. */
export interface DepthwiseConvolution {
  readonly weight: Parameter
  readonly bias: Parameter | null
}

/**
 * transformers causal_conv1d_fn without the causal-conv1d package: the input in the weight's type, padded on both sides, cut to
 * the sequence, activated, back to its own type. `x`: [b, s, channels]; the transposes around it are views.
 */
export function causalConvolution (caller: Scope, x: Tensor, { weight, bias }: DepthwiseConvolution, activation: Activation | null): Tensor {
  const scope = new Scope(caller.tape)
  const wide = cast(scope, x, weight.elementSize, 'input in the weight type')
  const longer = convolve(scope, wide, weight, bias)
  if (wide !== x) scope.drop(wide)
  let result = slice(scope, longer, x.shape)
  scope.drop(longer)
  if (activation) {
    const activated = activate(scope, result, activation)
    scope.drop(result)
    result = activated
  }
  return scope.return(cast(scope, result, x.elementSize, 'output in the input type'), caller)
}

/**
 * F.conv1d: keeps input and weight, whoever needs a gradient (derivatives.yaml convolution). Autocast casts bias, weight and
 * input; the weight is a view (squeezed and unsqueezed), so its copy is not cached.
 */
function convolve (scope: Scope, x: Tensor, weight: Parameter, bias: Parameter | null): Tensor {
  const { tape } = scope
  const temporaries: Tensor[] = []
  let [input, kernel]: [Tensor, Tensor] = [x, weight]
  if (tape.autocast) {
    if (bias && bias.elementSize > tape.autocast) bias = castBias(scope, bias, tape.autocast, temporaries)
    weight.viewed = true
    if (weight.elementSize > tape.autocast) temporaries.push(kernel = castWeight(scope, weight, tape.autocast))
    if (x.elementSize > tape.autocast) temporaries.push(input = cast(scope, x, tape.autocast, 'input in the autocast type'))
  }
  const size = input.elementSize
  let node: GradNode | null = null
  if (needsGrad(tape, input, kernel, bias)) {
    const operands = [input, kernel, bias]
    const edges = operands.map((t) => t && edgeOf(t))
    node = new GradNode(tape, edges, [input.storage, kernel.storage], () => operands.map((t, i): Storage | null => {
      if (!t || !edges[i]) return null
      return i === 0 ? gradient(tape, t.shape, size) : tape.allocate(t.shape, size, 'weight gradient', 'gradients')
    }))
  }
  const result = output(scope, paddedExtent(x.shape, weight), size, 'convolution', node)
  scope.drop(...temporaries)
  return result
}

function paddedExtent (extent: Shape, weight: Parameter): Shape {
  const [batch, sequence, channels] = extent.dimensions
  const kernel = weight.shape.dimensions.at(-1)!.size
  return extent.derive(`padded for ${kernel}`, () => shape(batch!, { symbol: `${sequence!.symbol}+k-1`, size: sequence!.size + kernel - 1 }, channels!))
}

const NO_ELEMENT = shape({ symbol: '0', size: 0 })

/** transformers apply_mask_to_padding_states: where rows are padded, x times the batch's own mask; else x itself. */
export function maskPadding (scope: Scope, x: Tensor, run: Run): Tensor {
  if (!run.plan.data.padding) return x
  // The mask is the batch's: it is there anyway, but a checkpoint counts it among what is saved.
  const mask = output(scope, NO_ELEMENT, x.elementSize, 'padding mask')
  const masked = multiply(scope, x, mask, 'masked input')
  scope.drop(mask)
  return masked
}
