import type { Parameter } from '../modules/linear.ts'
import { dimension, shape } from '../tape/index.ts'
import type { Optimizer, OptimizerContext, OptimizerRule } from './optimizer.ts'
import { loopOver, stateTensor } from './states.ts'

const BLOCK = 256
const SMALLEST_8BIT = 4096
const SMALLEST_PAGED = 1e5
const QUANTIZATION_MAP = shape(dimension('256', 256))

interface Variant {
  readonly states: 1 | 2
  readonly bits: 8 | 32
  readonly paged?: boolean
}

/**
 * bitsandbytes optim/optimizer.py Optimizer2State and Optimizer1State: fp32 states, or 8-bit ones with an fp32 absmax per block of
 * 256 for tensors of 4,096 elements and more; two shared quantization maps; the kernels work in place. The Hugging Face Trainer keeps
 * embeddings at 32 bits (trainer.py create_optimizer). Paged states of 100,000 elements and more are CUDA managed memory, outside
 * the caching allocator and evictable to host RAM.
 */
function bitsandbytes (variant: Variant): OptimizerRule {
  return {
    source: `bitsandbytes optim/optimizer.py Optimizer${variant.states}State.init_state, get_state_buffer`,
    known: variant.paged ? 'read' : 'traced',
    make: (context) => makeBitsandbytes(context, variant)
  }
}

function makeBitsandbytes (context: OptimizerContext, { states, bits, paged = false }: Variant): Optimizer {
  const { tape } = context
  const stateNames = ['state1', 'state2'].slice(0, states)
  let hasMaps = false
  const isQuantized = (p: Parameter): boolean => bits === 8 && p.elements >= SMALLEST_8BIT && !p.name.includes('embed')
  const isPaged = (p: Parameter): boolean => paged && p.elements >= SMALLEST_PAGED
  const managed = context.trained.filter(isPaged).reduce((sum, p) => sum + states * p.elements * (isQuantized(p) ? 1 : 4), 0)
  const loop = loopOver(context, (p, isFirst) => {
    if (!isFirst) return
    const quantized = isQuantized(p)
    if (quantized && !hasMaps) {
      hasMaps = true
      for (const name of stateNames) tape.allocate(QUANTIZATION_MAP, 4, `quantization map of ${name}`, 'optimizer-states')
    }
    if (!isPaged(p)) for (const name of stateNames) stateTensor(tape, p, name, p.shape, quantized ? 1 : 4)
    if (!quantized) return
    const blocks = shape(dimension('n/256', Math.ceil(p.elements / BLOCK)))
    for (const name of stateNames) stateTensor(tape, p, `absmax of ${name}`, blocks, 4)
  })
  return { step: () => loop.step(), spread: { workspace: 0, managed } }
}

export const adamW8bit = bitsandbytes({ states: 2, bits: 8 })
export const adamW32bit = bitsandbytes({ states: 2, bits: 32 })
export const pagedAdamW8bit = bitsandbytes({ states: 2, bits: 8, paged: true })
export const pagedAdamW32bit = bitsandbytes({ states: 2, bits: 32, paged: true })
export const lion8bit = bitsandbytes({ states: 1, bits: 8 })
export const lion32bit = bitsandbytes({ states: 1, bits: 32 })
export const pagedLion8bit = bitsandbytes({ states: 1, bits: 8, paged: true })
export const pagedLion32bit = bitsandbytes({ states: 1, bits: 32, paged: true })
