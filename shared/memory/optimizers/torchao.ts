import { dimension, shape } from '../tape/index.ts'
import type { Optimizer, OptimizerContext, OptimizerRule } from './optimizer.ts'
import { loopOver, stateTensor } from './states.ts'

const SMALLEST = 4096

interface Format {
  readonly bits: 4 | 8
  readonly block: number
  /** Entries of the quantization map that each state tensor has of its own; 0 for fp8. */
  readonly map: number
}

/**
 * torchao optim/adam.py _AdamBase._new_buffer: quantized states for tensors of 4,096 elements and more that blocks divide, others in
 * the parameter's type. The update is compiled per tensor shape; its workspace is the compiler's choice: from none (all fused) to the
 * two new moments in fp32.
 */
function torchao (format: Format): OptimizerRule {
  return {
    source: 'torchao optim/adam.py _AdamBase._new_buffer, single_param_adam; optim/subclass_8bit.py, subclass_4bit.py, subclass_fp8.py',
    known: 'estimated',
    make: (context) => makeTorchao(context, format)
  }
}

function makeTorchao (context: OptimizerContext, { bits, block, map }: Format): Optimizer {
  const { tape, trained } = context
  const largest = Math.max(0, ...trained.map((p) => p.elements))
  const loop = loopOver(context, (p, isFirst) => {
    if (!isFirst) return
    for (const name of ['exp_avg', 'exp_avg_sq']) {
      if (p.elements < SMALLEST || p.elements % block !== 0) {
        stateTensor(tape, p, name)
        continue
      }
      if (bits === 8) stateTensor(tape, p, `codes of ${name}`, p.shape, 1)
      else stateTensor(tape, p, `codes of ${name}`, shape(dimension('n/2', p.elements / 2)), 1)
      stateTensor(tape, p, `scale of ${name}`, shape(dimension('n/block', p.elements / block)), 4)
      if (map) stateTensor(tape, p, `quantization map of ${name}`, shape(dimension('entries', map)), 4)
    }
  })
  return { step: () => loop.step(), spread: { workspace: 8 * largest, managed: 0 } }
}

export const torchao8bit = torchao({ bits: 8, block: 256, map: 256 })
export const torchao4bit = torchao({ bits: 4, block: 128, map: 16 })
export const torchaoFp8 = torchao({ bits: 8, block: 256, map: 0 })
