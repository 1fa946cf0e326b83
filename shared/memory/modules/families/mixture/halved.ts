import { dimension, shape, Tensor, type Scope } from '../../../tape/index.ts'

/** `cos[..., :d/2]`: a view. */
export function halved (scope: Scope, table: Tensor): Tensor {
  const last = table.shape.dimensions.at(-1)!
  const half = shape(...table.shape.dimensions.slice(0, -1), dimension(`${last.symbol}/2`, last.size / 2))
  scope.tape.retain(table.storage)
  return scope.own(new Tensor(table.storage, half, table.elementSize, false))
}
