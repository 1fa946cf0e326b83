import type { Parameter } from '../modules/linear.ts'
import { dimension, shape, type Shape } from '../tape/index.ts'
import type { Locals } from './locals.ts'
import type { OptimizerContext, OptimizerRule } from './optimizer.ts'
import { isHidden, isMatrix, loopOver, ONE, rowsAndColumns, stateTensor } from './states.ts'

const DEFAULT_RANK = 128

/** The gradient of an N × K matrix brought to rank r along its longer side, and the matrix that does it. */
interface Projection {
  readonly matrix: Shape
  readonly projected: Shape
  readonly short: Shape
}

function projectionOf (p: Parameter, rank: number): Projection {
  const [n, k] = p.shape.dimensions as [Shape['dimensions'][number], Shape['dimensions'][number]]
  const r = dimension('r', Math.min(rank, n.size, k.size))
  const tall = n.size >= k.size
  return { matrix: tall ? shape(r, k) : shape(n, r), projected: tall ? shape(n, r) : shape(r, k), short: shape(dimension('min(N, K)', Math.min(n.size, k.size))) }
}

/** The Trainer's two groups (trainer_optimizer.py _setup_low_rank_optimizer): first what is not projected, then the block matrices. */
function inGroups (trained: readonly Parameter[]): { readonly plain: readonly Parameter[], readonly matrices: readonly Parameter[] } {
  const isTarget = (p: Parameter): boolean => isMatrix(p) && isHidden(p)
  return { plain: trained.filter((p) => !isTarget(p)), matrices: trained.filter(isTarget) }
}

/** Adam's loop over a (projected) gradient of that extent, up to the normalized gradient. */
function adam (context: OptimizerContext, p: Parameter, isFirst: boolean, locals: Locals, extent: Shape): void {
  const { tape } = context
  if (isFirst) {
    stateTensor(tape, p, 'exp_avg', extent)
    stateTensor(tape, p, 'exp_avg_sq', extent)
  }
  locals.set('denominator', extent, p.elementSize)
  locals.set('normalized gradient', extent, p.elementSize)
}

/**
 * galore_torch/adamw.py AdamW.step with galore_projector.py: two low-rank moments and the projection; the update is projected back to
 * full size and then scaled. Every `update_proj_gap` steps, the first included, an SVD in fp32. cuSOLVER's own workspace
 * for it is not in the trace: the interval allows one copy of the matrix and its factors.
 */
export const galore: OptimizerRule = {
  source: 'GaLore galore_torch/adamw.py AdamW.step, galore_projector.py GaLoreProjector',
  known: 'traced',
  make: (context) => {
    const { tape, trained, settings } = context
    const { plain, matrices } = inGroups(trained)
    const largest = Math.max(0, ...matrices.map((p) => p.elements))
    const loop = loopOver(context, (p, isFirst, locals) => {
      locals.alias('gradient', p.leaf!.grad!)
      if (!matrices.includes(p)) return adam(context, p, isFirst, locals, p.shape)
      const { matrix, projected } = projectionOf(p, settings.lowRank ?? DEFAULT_RANK)
      if (isFirst) singularVectors(context, p, matrix)
      locals.set('gradient', projected, p.elementSize)
      adam(context, p, isFirst, locals, projected)
      const full = tape.allocate(p.shape, p.elementSize, 'gradient projected back', 'temporaries')
      locals.set('normalized gradient', p.shape, p.elementSize)
      tape.release(full)
    }, [...plain, ...matrices])
    return { step: () => loop.step(), spread: { workspace: 8 * largest, managed: 0 } }
  }
}

/** GaLoreProjector.get_orthogonal_matrix: U, s and Vh of the gradient in fp32; for a tall matrix also the unused product U·diag(s). */
function singularVectors ({ tape }: OptimizerContext, p: Parameter, matrix: Shape): void {
  const [n, k] = p.shape.dimensions as [Shape['dimensions'][number], Shape['dimensions'][number]]
  const side = dimension('min(N, K)', Math.min(n.size, k.size))
  const tall = n.size >= k.size
  const rank = tall ? matrix.dimensions[0]! : matrix.dimensions[1]!
  const held = []
  if (p.elementSize < 4) held.push(tape.allocate(p.shape, 4, 'gradient in fp32', 'temporaries'))
  held.push(tape.allocate(shape(n, side), 4, 'U', 'temporaries'), tape.allocate(shape(side), 4, 's', 'temporaries'), tape.allocate(shape(side, k), 4, 'Vh', 'temporaries'))
  const diagonal = tape.allocate(shape(rank, rank), 4, 'diag(s)', 'temporaries')
  const product = tape.allocate(tall ? shape(n, rank) : shape(rank, k), 4, 'unused product', 'temporaries')
  tape.release(diagonal)
  held.push(product)
  if (p.elementSize < 4) stateTensor(tape, p, 'projection', matrix)
  else if (tall) stateTensor(tape, p, 'projection (a view of Vh)', shape(side, k))
  else stateTensor(tape, p, 'projection (a view of U)', shape(n, side))
  for (const storage of held) tape.release(storage)
}

/**
 * apollo_torch/apollo.py AdamW.step with a random projector: two low-rank moments and the projection; the full gradient is multiplied
 * by a factor per channel, and from the second step on divided by the growth limiter.
 */
export const apollo: OptimizerRule = {
  source: 'APOLLO apollo_torch/apollo.py AdamW.step, random_projector.py GradientProjector',
  known: 'traced',
  make: (context) => {
    const { tape, trained, settings } = context
    const { plain, matrices } = inGroups(trained)
    return loopOver(context, (p, isFirst, locals) => {
      locals.alias('gradient', p.leaf!.grad!)
      if (!matrices.includes(p)) return adam(context, p, isFirst, locals, p.shape)
      const { matrix, projected } = projectionOf(p, settings.lowRank ?? DEFAULT_RANK)
      if (isFirst) randomProjection(context, p, matrix)
      locals.set('gradient', projected, p.elementSize)
      adam(context, p, isFirst, locals, projected)
      const [n, k] = p.shape.dimensions.map((d) => d.size) as [number, number]
      const { rows, columns } = rowsAndColumns(p)
      locals.set('scaling factor', n < k ? columns : rows, p.elementSize)
      locals.set('scaled gradient', p.shape, p.elementSize)
      if (isFirst) {
        stateTensor(tape, p, 'norm of the scaled gradient', ONE)
      } else {
        locals.set('norm of the scaled gradient', ONE, p.elementSize)
        locals.set('limiter', ONE, p.elementSize)
        locals.drop('norm of the scaled gradient')
        locals.set('scaled gradient', p.shape, p.elementSize)
      }
      locals.drop('normalized gradient')
    }, [...plain, ...matrices])
  }
}

/** Drawn in fp32, divided by √r, then brought to the gradient's type. */
function randomProjection ({ tape }: OptimizerContext, p: Parameter, matrix: Shape): void {
  const copy = p.elementSize < 4 ? tape.allocate(p.shape, 4, 'gradient in fp32', 'temporaries') : null
  const drawn = tape.allocate(matrix, 4, 'random matrix', 'temporaries')
  const scaled = tape.allocate(matrix, 4, 'random matrix', p.elementSize < 4 ? 'temporaries' : 'optimizer-states')
  tape.release(drawn)
  if (p.elementSize === 4) return
  stateTensor(tape, p, 'projection', matrix)
  tape.release(scaled)
  if (copy) tape.release(copy)
}
