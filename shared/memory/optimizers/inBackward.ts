import { withSource } from './states.ts'
import type { Optimizer, OptimizerContext, OptimizerRule } from './optimizer.ts'

/**
 * An optimizer of its own per parameter, stepped by a hook after its gradient has been accumulated and then cleared
 * (Tensor.register_post_accumulate_grad_hook, as torchtune's optimizer_in_bwd and the Trainer's *_layerwise optimizers use it).
 */
export function makeInBackward (context: OptimizerContext, rule: OptimizerRule): Optimizer {
  const { tape, trained } = context
  for (const parameter of trained) {
    const { leaf } = parameter
    if (!leaf) continue
    const own = rule.make({ ...context, trained: [parameter], segment: () => {} })
    leaf.afterGrad = (): void => {
      const { module, category } = tape
      withSource(tape, rule.source, () => { own.step() })
      if (leaf.grad) tape.release(leaf.grad)
      leaf.grad = null
      tape.module = module
      tape.category = category
    }
  }
  return { step: () => {} }
}
