import { dimension, shape } from '../tape/index.ts'
import { makeAdamW } from './adam.ts'
import { Locals } from './locals.ts'
import type { Optimizer, OptimizerContext, OptimizerRule } from './optimizer.ts'
import { isHidden, isMatrix, loopOver, ONE, stateTensor, withGradient } from './states.ts'

const NEWTON_SCHULZ_STEPS = 5

/**
 * torch/optim/_muon.py for the matrices inside the blocks, fused AdamW for embeddings, head and vectors. The momentum buffers of
 * all matrices come first; then one Newton–Schulz iteration (_zeropower_via_newtonschulz, in bf16) after the other, with the update
 * of the parameter before still bound.
 */
export const muon: OptimizerRule = {
  source: 'PyTorch torch/optim/_muon.py _single_tensor_muon, _zeropower_via_newtonschulz',
  known: 'traced',
  make: (context) => {
    const isMuon = (p: OptimizerContext['trained'][number]): boolean => isMatrix(p) && isHidden(p)
    const matrices = newtonSchulz({ ...context, trained: context.trained.filter(isMuon) })
    const others = makeAdamW({ ...context, trained: context.trained.filter((p) => !isMuon(p)) }, 'fused')
    return { step: () => { matrices.step(); others.step() } }
  }
}

function newtonSchulz (context: OptimizerContext): Optimizer {
  const { tape, trained } = context
  let started = false
  const loop = loopOver(context, (p, _, locals) => {
    const update = locals.set('update', p.shape, p.elementSize)
    const [a, b] = p.shape.dimensions.map((d) => d.size) as [number, number]
    const side = dimension('min(N, K)', Math.min(a, b))
    const gram = shape(side, side)
    const inner = new Locals(tape)
    if (p.elementSize === 2) inner.alias('orthogonalized gradient', update)
    else inner.set('orthogonalized gradient', p.shape, 2)
    tape.transient([ONE, 4, 'norm of the gradient'], [ONE, 4, 'clamped norm'])
    for (let i = 0; i < NEWTON_SCHULZ_STEPS; i++) {
      inner.set('Gram matrix', gram, 2)
      inner.set('polynomial of the Gram matrix', gram, 2)
      inner.set('orthogonalized gradient', p.shape, 2)
    }
    inner.return('orthogonalized gradient', locals, 'update')
  })
  return {
    step (): void {
      if (!started) for (const parameter of withGradient(trained)) stateTensor(tape, parameter, 'momentum_buffer')
      started = true
      loop.step()
    }
  }
}
