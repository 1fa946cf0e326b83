import { edgeOf, GradNode, Scope, type Tensor } from '../tape/index.ts'
import { gradient, needsGrad, output } from './elementwise.ts'

/**
 * transformers bloom/modeling_bloom.py GeLUFunction: GELU written out in Python on the way forth and back; keeps its input only.
 */
export function bloomGelu (caller: Scope, x: Tensor): Tensor {
  const { tape } = caller
  const node = needsGrad(tape, x)
    ? new GradNode(tape, [edgeOf(x)], [x.storage], () => {
      const held = Array.from({ length: 5 }, () => gradient(tape, x.shape, x.elementSize))
      for (const storage of held.splice(1)) tape.release(storage)
      const slope = gradient(tape, x.shape, x.elementSize)
      const result = gradient(tape, x.shape, x.elementSize)
      for (const storage of [slope, ...held]) tape.release(storage)
      return [result]
    })
    : null
  const scope = new Scope(tape)
  for (let i = 0; i < 3; i++) output(scope, x.shape, x.elementSize, 'part of gelu')
  const result = output(caller, x.shape, x.elementSize, 'gelu output', node)
  scope.close()
  return result
}
