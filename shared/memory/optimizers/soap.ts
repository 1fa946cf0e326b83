import type { Parameter } from '../modules/linear.ts'
import { dimension, shape, type Shape, type Storage } from '../tape/index.ts'
import type { OptimizerContext, OptimizerRule } from './optimizer.ts'
import { loopOver, stateTensor } from './states.ts'

const LARGEST_PRECONDITIONED = 10_000

/**
 * SOAP (pytorch_optimizer optimizer/soap.py, the same algorithm as nikhilvyas/SOAP): two moments, and for every extent up to 10,000
 * its Gram matrix and eigenvectors. The first step only makes the preconditioners; later ones project gradient and moment. All in the
 * gradient's type. The eigendecomposition's workspace in cuSOLVER is not in the trace: the interval allows three matrices in fp32.
 */
export const soap: OptimizerRule = {
  source: 'SOAP soap.py init_preconditioner, update_preconditioner, project; pytorch_optimizer optimizer/soap.py',
  known: 'traced',
  make: (context) => {
    const { tape, trained } = context
    const sides = trained.flatMap((p) => preconditioned(p).map((d) => d.elements))
    const loop = loopOver(context, (p, isFirst, locals) => {
      if (isFirst) return initialize(context, p)
      const count = preconditioned(p).length
      /** One product per preconditioned extent, each in place of the one before; `from` is consumed. */
      const project = (role: string, from: Storage | null = null): void => {
        let projected = from
        for (let i = 0; i < count; i++) {
          const next = tape.allocate(p.shape, p.elementSize, role, 'temporaries')
          if (projected) tape.release(projected)
          projected = next
        }
        if (!projected) return
        locals.alias(role, projected)
        tape.release(projected)
      }
      project('projected gradient')
      tape.transient([p.shape, p.elementSize, 'squared projected gradient'])
      locals.set('denominator', p.shape, p.elementSize)
      project('projected moment')
      project('normalized gradient', tape.allocate(p.shape, p.elementSize, 'normalized moment', 'temporaries'))
      for (const extent of preconditioned(p)) locals.set('outer product', extent, p.elementSize)
      locals.drop('outer product')
    })
    return { step: () => loop.step(), spread: { workspace: 12 * Math.max(0, ...sides), managed: 0 } }
  }
}

/** The Gram matrices of a parameter; vectors have none. */
function preconditioned (p: Parameter): Shape[] {
  const { dimensions } = p.shape
  if (dimensions.length < 2) return []
  return dimensions.filter((d) => d.size <= LARGEST_PRECONDITIONED).map((d) => shape(d, dimension(d.symbol, d.size)))
}

function initialize ({ tape }: OptimizerContext, p: Parameter): void {
  stateTensor(tape, p, 'exp_avg')
  stateTensor(tape, p, 'exp_avg_sq')
  const extents = preconditioned(p)
  for (const extent of extents) stateTensor(tape, p, 'Gram matrix', extent)
  for (const extent of extents) tape.transient([extent, p.elementSize, 'outer product'])
  for (const extent of extents) {
    tape.transient([extent, p.elementSize, 'identity'], [extent, p.elementSize, 'shifted Gram matrix'], [extent, p.elementSize, 'eigenvectors'], [shape(extent.dimensions[0]!), p.elementSize, 'eigenvalues'])
    stateTensor(tape, p, 'eigenvectors', extent)
  }
}
