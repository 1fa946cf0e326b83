import { edgeOf, GradNode, type Scope, type Shape, type Tensor } from '../../tape/index.ts'
import { anyNeedsGrad, output } from '../elementwise.ts'

/** Extent, bytes of an element, and what it is. */
export type Buffer = readonly [extent: Shape, elementSize: number, role: string]

/** What one autograd.Function of a package of kernels allocates. */
export interface FusedKernel {
  readonly extent: Shape
  readonly elementSize: number
  /** Whether the first input itself is kept for the backward pass. */
  readonly keepsInput: boolean
  /** Kept too. */
  readonly keeps: readonly Buffer[]
  /** Alive together inside the forward pass, and inside the backward pass. */
  readonly forward: readonly Buffer[]
  readonly backward: readonly Buffer[]
}

/** Runs a fused layer: what it keeps stays; backward makes a gradient of every input that needs one. */
export function fusedKernel (scope: Scope, inputs: readonly (Tensor | null)[], { extent, elementSize, keepsInput, keeps, forward, backward }: FusedKernel): Tensor {
  const { tape } = scope
  const kept = keeps.map((buffer) => output(scope, ...buffer))
  tape.transient(...forward)
  const result = output(scope, extent, elementSize, 'output')
  if (anyNeedsGrad(tape, inputs)) {
    const edges = inputs.map((t) => t && edgeOf(t))
    result.requiresGrad = true
    result.node = new GradNode(tape, edges, [...keepsInput ? [inputs[0]!] : [], ...kept].map((t) => t.storage), () => {
      tape.transient(...backward)
      return inputs.map((t, i) => t && edges[i] ? tape.allocate(t.shape, t.elementSize, 'gradient', i === 0 ? 'temporaries' : 'gradients') : null)
    })
  }
  scope.drop(...kept)
  return result
}
