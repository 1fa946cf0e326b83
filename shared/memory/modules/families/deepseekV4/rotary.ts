import { dimension, Scope, shape, type Shape, type Tensor } from '../../../tape/index.ts'
import { cast, output } from '../../elementwise.ts'
import type { RotaryTables } from '../../decoder.ts'
import { concatenate, slice } from '../../views.ts'
import { turnInFp32 } from '../dense/rotate.ts'

/**
 * transformers deepseek_v4 apply_rotary_pos_emb: the tables have a value per pair and are repeated on every call; the last part of each
 * head turns in fp32 and is joined to the rest. `back`: −sin is made first.
 */
export function turn (caller: Scope, x: Tensor, { cos, sin }: RotaryTables, back = false): Tensor {
  const scope = new Scope(caller.tape)
  scope.tape.module = 'rotary'
  const negated = back ? output(scope, sin.shape, sin.elementSize, 'negated half') : null
  const inner = new Scope(caller.tape)
  const last = cos.shape.dimensions.at(-1)!
  const width = 2 * last.size
  const pairs = shape(...cos.shape.dimensions.slice(0, -1), dimension('d_r', width))
  const [repeatedCos, repeatedSin] = [cos, sin].map((table) => output(inner, pairs, table.elementSize, 'repeated')) as [Tensor, Tensor]
  const part = (size: number): Shape => shape(...x.shape.dimensions.slice(0, -1), dimension('d', size))
  const passing = slice(inner, x, part(x.shape.dimensions.at(-1)!.size - width))
  const turning = slice(inner, x, part(width))
  const sum = turnInFp32(inner, turning, repeatedCos, repeatedSin)
  const turned = cast(inner, sum, x.elementSize, 'turned')
  if (turned !== sum) inner.drop(sum)
  const result = inner.return(concatenate(inner, [passing, turned], x.shape, 'turned and passed'), scope)
  if (negated) scope.drop(negated)
  return scope.return(result, caller)
}
