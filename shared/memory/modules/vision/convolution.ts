import { edgeOf, GradNode, type Scope, type Shape, type Tensor } from '../../tape/index.ts'
import { cast, gradient, needsGrad, output } from '../elementwise.ts'
import { castBias, castWeight, type Parameter } from '../linear.ts'

/**
 * nn.Conv2d or Conv3d over patches that do not overlap. convolution_backward is one formula of several outputs, for which autograd keeps input and
 * weight whichever is trained. Autocast runs it in its own type. `turns`: the input has its channels last, so cuDNN works on a copy of the
 * weight in that layout (ConvShared.cpp cudnn_convolution), and AccumulateGrad copies the weight's gradient back (accumulate_grad.h).
 */
export function patchConvolution (scope: Scope, pixels: Tensor, weight: Parameter, bias: Parameter | null, extent: Shape, turns = false): Tensor {
  const { tape } = scope
  const temporaries: Tensor[] = []
  let [input, used, shift]: [Tensor, Tensor, Parameter | null] = [pixels, weight, bias]
  if (tape.autocast) {
    if (shift && shift.elementSize > tape.autocast) shift = castBias(scope, shift, tape.autocast, temporaries)
    if (weight.elementSize > tape.autocast) {
      used = castWeight(scope, weight, tape.autocast)
      if (!weight.requiresGrad) temporaries.push(used)
    }
    if (input.elementSize > tape.autocast) temporaries.push(input = cast(scope, input, tape.autocast, 'input in the autocast type'))
  }
  const operands = [input, used, shift]
  const edges = operands.map((t) => t && edgeOf(t))
  const copy = [used.shape, used.elementSize, 'weight in the layout of the input'] as const
  const node = needsGrad(tape, input, used, shift)
    ? new GradNode(tape, edges, [input.storage, used.storage], () => operands.map((t, i) => {
      const made = t && edges[i] ? gradient(tape, t.shape, t.elementSize) : null
      if (turns && i === 0 && made) tape.transient(copy)
      return made
    }))
    : null
  const result = output(scope, extent, input.elementSize, 'output', node)
  if (turns) {
    tape.transient(copy)
    if (weight.leaf) weight.leaf.beforeGrad = () => { tape.transient([weight.shape, weight.elementSize, 'gradient in the layout of the weight']) }
  }
  scope.drop(...temporaries)
  return result
}
