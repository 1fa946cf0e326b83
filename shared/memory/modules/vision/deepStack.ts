import { dimension, edgeOf, GradNode, shape, Tensor, type Scope, type Shape } from '../../tape/index.ts'
import { add, cast, gradient, needsGrad, output, passThrough } from '../elementwise.ts'
import { INDEX_SIZE } from '../indexing.ts'
import type { Run } from '../run.ts'

/** Image vectors of deeper blocks of the tower, added to the language model's stream before its first blocks (qwen3_vl/modeling_qwen3_vl.py _deepstack_process). */
export interface DeepStack {
  /** What the next pass adds, and where. */
  begin (mask: Tensor, embeds: readonly Tensor[]): void
  end (): void
  /** The stream as block `layer` gets it. */
  beforeLayer (scope: Scope, stream: Tensor, layer: number): Tensor
}

export function deepStack (run: Run): DeepStack {
  let current: { readonly mask: Tensor, readonly embeds: readonly Tensor[] } | null = null
  return {
    begin: (mask, embeds) => { current = { mask, embeds } },
    end: () => { current = null },
    beforeLayer: (scope, stream, layer) => process(scope, stream, current!.mask, current!.embeds[layer - 1]!, run)
  }
}

function process (scope: Scope, stream: Tensor, mask: Tensor, embeds: Tensor, run: Run): Tensor {
  const { tape } = run
  tape.module = 'deepstack'
  const typed = cast(scope, embeds, stream.elementSize, 'deep image vectors')
  const cloned = passThrough(scope, stream, 'clone of the stream')
  const picked = pickRows(scope, cloned, mask, embeds.shape)
  const sum = add(scope, picked, typed, 'stream and deep image vectors')
  scope.drop(picked)
  const result = putRows(scope, cloned, mask, sum)
  scope.drop(cloned, sum, stream, ...typed === embeds ? [] : [typed])
  return result
}

/** Row and column of every image token, as nonzero makes them. */
const positions = (rows: Shape): readonly [Shape, number, string] => [shape(rows.dimensions[0]!, dimension('axes', 2)), INDEX_SIZE, 'positions of image tokens']

/** x[mask, :]: backward adds into zeros. */
function pickRows (scope: Scope, x: Tensor, mask: Tensor, extent: Shape): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, x) ? new GradNode(tape, [edgeOf(x)], [mask.storage], () => {
    const whole = gradient(tape, x.shape, x.elementSize)
    tape.transient(positions(extent))
    return [whole]
  }) : null
  const result = output(scope, extent, x.elementSize, 'stream of image tokens', node)
  tape.transient(positions(extent))
  return result
}

/** x[mask, :] = rows, in place; backward copies the gradient with zeros in these rows, and picks them. */
function putRows (scope: Scope, x: Tensor, mask: Tensor, rows: Tensor): Tensor {
  const { tape } = scope
  const edges = [edgeOf(x), edgeOf(rows)]
  const node = needsGrad(tape, x, rows)
    ? new GradNode(tape, edges, [mask.storage], () => {
      const zeros = gradient(tape, rows.shape, rows.elementSize)
      const own = edges[0] ? gradient(tape, x.shape, x.elementSize) : null
      tape.transient(positions(rows.shape))
      tape.release(zeros)
      const picked = edges[1] ? gradient(tape, rows.shape, rows.elementSize) : null
      return [own, picked]
    })
    : null
  tape.transient(positions(rows.shape))
  tape.retain(x.storage)
  return scope.own(new Tensor(x.storage, x.shape, x.elementSize, node !== null, node))
}
