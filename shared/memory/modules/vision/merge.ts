import { dimension, edgeOf, GradNode, shape, type Scope, type Tensor } from '../../tape/index.ts'
import { gradient, needsGrad, output } from '../elementwise.ts'
import type { Run } from '../run.ts'

/**
 * `input_ids == image_token_id`, [b, s, 1]: where the images' vectors go.
 */
export function placeholders (scope: Scope, run: Run): Tensor {
  scope.tape.module = 'image placeholders'
  return output(scope, shape(run.batch, run.ids.dimensions[1]!, dimension('1', 1)), 1, 'mask of image tokens')
}

/**
 * inputs_embeds.masked_scatter(mask, features): keeps the mask. On CUDA the kernel makes a prefix sum of the expanded mask in int64
 * (ATen IndexKernel.cpp masked_scatter__cuda); the features' gradient is a masked_select by indices of every element (masked_select_out_cuda, nonzero).
 */
export function scatterImages (scope: Scope, embedded: Tensor, mask: Tensor, features: Tensor, role = 'tokens and images'): Tensor {
  const { tape } = scope
  tape.module = 'merge'
  const extent = embedded.shape
  const node = needsGrad(tape, embedded, features)
    ? new GradNode(tape, [edgeOf(embedded), edgeOf(features)], [mask.storage], () => {
      const own = embedded.requiresGrad ? gradient(tape, extent, embedded.elementSize) : null
      if (!features.requiresGrad) return [own, null]
      const flat = shape(dimension('image elements', features.elements))
      tape.transient([extent, 1, 'expanded mask'], [shape(...flat.dimensions, dimension('axes', 3)), 8, 'indices of image elements'])
      const index = tape.allocate(shape(...flat.dimensions, dimension('axes', 3)), 8, 'indices of image elements', 'temporaries')
      const selected = gradient(tape, features.shape, features.elementSize)
      tape.release(index)
      return [own, selected]
    })
    : null
  const result = output(scope, extent, embedded.elementSize, role, node)
  tape.transient([extent, 8, 'prefix sum of the mask'], [extent, 1, 'expanded mask'])
  return result
}
