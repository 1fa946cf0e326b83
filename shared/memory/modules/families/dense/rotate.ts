import { dimension, Scope, shape, Tensor, type Shape } from '../../../tape/index.ts'
import type { RotaryTables } from '../../decoder.ts'
import { add, cast, multiply } from '../../elementwise.ts'
import { applyRotary, fusedRotary, rotateHalf } from '../../rotary.ts'
import { concatenate, slice } from '../../views.ts'
import type { RotaryStyle } from './spec.ts'

/** Elements of a head that rotary positions turn. */
export const rotaryWidth = (headDim: number, { fraction, width }: RotaryStyle): number => width ?? Math.floor(headDim * fraction)

/**
 * apply_rotary_pos_emb of the model at hand for q and k. The results belong to `caller`, which still holds the inputs. `joins`
 * models cut off the part that is not turned, even where nothing is left of it, and join it again.
 */
export function rotate (caller: Scope, query: Tensor, key: Tensor, tables: RotaryTables, style: RotaryStyle, fused: boolean): [Tensor, Tensor] {
  if (fused && !style.joins && style.type === 'activations') return [fusedRotary(caller, query), fusedRotary(caller, key)]
  const scope = new Scope(caller.tape)
  const { cos, sin } = style.type.startsWith('interleaved') ? repeated(scope, tables) : tables
  const upcast = (t: Tensor): Tensor => style.type === 'upcast' ? cast(scope, t, 4, 'in fp32') : t
  const inputs = [upcast(query), upcast(key)] as const
  const turned = inputs.map((t) => style.type === 'interleaved-upcast' ? turnInFp32(scope, t, cos, sin) : style.joins ? turnPart(scope, t, cos, sin) : applyRotary(scope, t, cos, sin))
  const returns = style.type === 'float' || style.type.endsWith('upcast')
  const results = turned.map((t, i) => returns ? cast(scope, t, (i === 0 ? query : key).elementSize, 'in the input type') : t)
  const handed = results.map((t) => scope.hand(t, caller))
  scope.close()
  return [handed[0]!, handed[1]!]
}

/** ERNIE 4.5, DeepSeek V4: (q.float() · cos) + (rotate_half(q).float() · sin). */
export function turnInFp32 (scope: Scope, x: Tensor, cos: Tensor, sin: Tensor): Tensor {
  const wide = cast(scope, x, 4, 'in fp32')
  const direct = multiply(scope, wide, cos, 'times cos')
  if (wide !== x) scope.drop(wide)
  const rotated = rotateHalf(scope, x)
  const wideRotated = cast(scope, rotated, 4, 'rotated, in fp32')
  if (wideRotated !== rotated) scope.drop(rotated)
  const crossed = multiply(scope, wideRotated, sin, 'times sin')
  scope.drop(wideRotated)
  const result = add(scope, direct, crossed, 'turned')
  scope.drop(direct, crossed)
  return result
}

function turnPart (scope: Scope, x: Tensor, cos: Tensor, sin: Tensor): Tensor {
  const rest = x.shape.dimensions.slice(0, -1)
  const headDim = x.shape.dimensions.at(-1)!
  const width = cos.shape.dimensions.at(-1)!
  const part = (size: number): Shape => shape(...rest, dimension(headDim.symbol, size))
  const turning = slice(scope, x, part(width.size))
  const passing = slice(scope, x, part(headDim.size - width.size))
  const turned = applyRotary(scope, turning, cos, sin)
  const joined = concatenate(scope, [turned, passing], x.shape, 'turned and passed')
  scope.drop(turned, turning, passing)
  return joined
}

/** GLM: `cos[..., :d/2].repeat_interleave(2)` in every layer. */
function repeated (scope: Scope, { cos, sin }: RotaryTables): RotaryTables {
  const copy = (t: Tensor, role: string): Tensor => scope.own(new Tensor(scope.tape.allocate(t.shape, t.elementSize, role), t.shape, t.elementSize, false))
  return { cos: copy(cos, 'cos, interleaved'), sin: copy(sin, 'sin, interleaved') }
}
