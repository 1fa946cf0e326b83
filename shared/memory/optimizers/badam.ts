import { makeAdamW } from './adam.ts'
import type { OptimizerRule } from './optimizer.ts'
import { Parameter } from '../modules/linear.ts'
import { withGradient } from './states.ts'

/**
 * badam/block_optim.py BlockOptimizer over torch AdamW: one block is trained at a time (the plan trains only that one), with
 * fp32 copies of its weights from construction on. A step makes fp32 gradients one by one (_grad_to_hp, freeing the narrow ones), runs
 * Adam on the copies (foreach, as torch.optim.AdamW does on a GPU), and copies back.
 */
export const badam: OptimizerRule = {
  source: 'BAdam badam/block_optim.py BlockOptimizer._grad_to_hp, step_single_gpu',
  known: 'traced',
  make: (context) => {
    const { tape, trained, settings } = context
    const copies = trained.map((p) => {
      tape.label(p)
      const copy = new Parameter(tape.allocate(p.shape, 4, 'fp32 copy', 'master-weights'), p.shape, 4, true, p.name)
      copy.layer = p.layer
      return copy
    })
    const adam = makeAdamW({ ...context, trained: copies }, settings.implementation === 'fused' ? 'fused' : settings.implementation, settings.amsgrad ?? false)
    return {
      step (): void {
        trained.forEach((p, i) => {
          const { leaf } = p
          if (!leaf?.grad) return
          tape.label(p)
          const wide = p.elementSize < 4 ? tape.allocate(p.shape, 4, 'gradient in fp32', 'gradients') : tape.retain(leaf.grad)
          tape.release(leaf.grad)
          leaf.grad = null
          copies[i]!.leaf!.grad = wide
        })
        adam.step()
        for (const p of withGradient(copies)) {
          if (p.elementSize > 0) tape.transient([p.shape, trained[copies.indexOf(p)]!.elementSize, 'updated weight'])
          tape.release(p.leaf!.grad!)
          p.leaf!.grad = null
        }
      }
    }
  }
}
