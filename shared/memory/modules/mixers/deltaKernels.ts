import { dimension, shape, type Scope, type Tensor } from '../../tape/index.ts'
import { passThrough } from '../elementwise.ts'
import type { DepthwiseConvolution } from './convolution.ts'
import type { DeltaRuleExtents } from './deltaRuleExtents.ts'
import { fusedKernel, type Buffer } from './fusedKernel.ts'
import type { DeltaRuleInputs } from './gatedDeltaRule.ts'

const CHUNK = 64

/**
 * flash-linear-attention 0.6 ChunkGatedDeltaRuleFunction (fla/ops/gated_delta_rule/chunk.py) and, with a decay per channel,
 * ChunkKDAFunction (fla/ops/kda): keep normed q and k with their norms, v, cumulative decay and the systems of the chunks; the states
 * are made again in the backward pass. From the source: the kernels need a GPU.
 */
export function deltaKernel (scope: Scope, { query, key, value, beta, decay }: DeltaRuleInputs, e: DeltaRuleExtents, perChannel: boolean): Tensor {
  const size = query.elementSize
  const [b, nh, dk, dv] = e.state.dimensions
  const sequence = e.key.dimensions[2]!
  const systems = shape(b!, nh!, sequence, dimension('64', CHUNK))
  const states = shape(b!, dimension('⌈s/64⌉', e.chunks), nh!, dk!, dv!)
  // input_guard makes every input contiguous; v is kept so.
  const ordered = passThrough(scope, value, 'contiguous v')
  const pair = (extent: typeof systems, elementSize: number, ...roles: string[]): Buffer[] => roles.map((role) => [extent, elementSize, role] as const)
  const made = [...pair(e.key, size, 'w'), ...pair(e.value, size, 'u', 'new values'), ...pair(states, size, 'states'), ...perChannel ? pair(e.key, size, 'qg', 'kg') : []]
  const wide = perChannel ? 4 : size
  const result = fusedKernel(scope, [ordered, query, key, decay, beta], {
    extent: e.value,
    elementSize: size,
    keepsInput: true,
    keeps: [
      ...pair(e.key, size, 'normed q', 'normed k'), ...pair(e.rows, 4, 'norms of q', 'norms of k'), ...pair(decay.shape, 4, 'cumulative decay'),
      ...pair(systems, size, ...(perChannel ? ['scores', 'system'] : ['system']))
    ],
    forward: made,
    backward: [
      ...made, ...pair(states, size, 'gradient of the states'), ...pair(e.value, size, 'local gradient of v', 'gradient of u'),
      ...pair(e.key, wide, 'gradient of w', 'gradient of q', 'gradient of k', 'second gradient of k'), ...pair(decay.shape, 4, 'gradient of the decay', 'second gradient of the decay'),
      ...perChannel ? pair(systems, 4, 'gradient of the scores', 'gradient of the system') : []
    ]
  })
  scope.drop(ordered)
  return result
}

/** causal_conv1d_fn of causal-conv1d (CausalConv1dFn): keeps input and weight, and runs again for the activation's gradient. */
export const convolutionKernel = (scope: Scope, x: Tensor, { weight }: DepthwiseConvolution): Tensor => fusedKernel(scope, [x, weight], {
  extent: x.shape, elementSize: x.elementSize, keepsInput: true, keeps: [], forward: [], backward: []
})
