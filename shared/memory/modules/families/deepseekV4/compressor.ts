import type { Dimension } from '../../../result.ts'
import type { Scope } from '../../../tape/index.ts'
import { dimension, edgeOf, GradNode, shape, Tensor, type Shape } from '../../../tape/index.ts'
import type { ModelBuilder } from '../../builder.ts'
import { add, cast, gradient, multiply, needsGrad, output, softmax } from '../../elementwise.ts'
import { INDEX_SIZE } from '../../indexing.ts'
import { rotaryBuffers, type RotaryTables } from '../../decoder.ts'
import type { Parameter } from '../../linear.ts'
import type { Projection } from '../../projection.ts'
import type { Run } from '../../run.ts'
import { slice } from '../../views.ts'
import { Norm } from '../dense/norms.ts'
import { turn } from './rotary.ts'

/** Tokens per window where windows overlap: every token then has two values, one for its own window and one for the next. */
export const OVERLAPPING = 4

/** transformers DeepseekV4HCACompressor, DeepseekV4CSACompressor: the keys of a window of tokens pooled into one, and turned. */
export class Compressor {
  readonly windows: Dimension
  private readonly run: Run
  private readonly width: Dimension
  private readonly ratio: number
  private readonly values: Projection
  private readonly gates: Projection
  private readonly bias: Parameter
  private readonly norm: Norm

  /** `width`: of one compressed key. */
  constructor (builder: ModelBuilder, width: Dimension, ratio: number) {
    const { run } = builder
    const both = dimension('d_c', width.size * (ratio === OVERLAPPING ? 2 : 1))
    const extent = shape(run.batch, run.sequence, both)
    this.run = run
    this.width = width
    this.ratio = ratio
    this.windows = dimension('s/m', Math.floor(run.sequence.size / ratio))
    this.bias = builder.base('compressor', shape(dimension('m', ratio), both), 'position_bias')
    this.values = builder.linear('kv_proj', both, run.hiddenSize, extent, false)
    this.gates = builder.linear('gate_proj', both, run.hiddenSize, extent, false)
    // A rotary embedding of its own, for both bases.
    for (const _ of ['main', 'compress']) rotaryBuffers(builder, 2)
    this.norm = new Norm(builder, 'rms', 'kv_norm', shape(width), shape(run.batch, this.windows))
  }

  /** [b, s / ratio, 1, d]; everything else that has a name lives as long as `scope`. `half`: values per table of a token. */
  apply (scope: Scope, x: Tensor, half: Dimension): Tensor {
    const { batch } = this.run
    const { windows, width } = this
    const values = this.values.apply(scope, x)
    const gates = this.gates.apply(scope, x)
    scope.tape.module = 'compressor'
    const extent = shape(batch, windows, dimension('1', 1), width)
    if (windows.size === 0) return output(scope, extent, values.elementSize, 'no window is full')
    const laid = shape(batch, windows, dimension('m', this.ratio), dimension('d_c', this.bias.shape.dimensions[1]!.size))
    const shifted = add(scope, slice(scope, gates, laid), this.bias, 'gates and their bias')
    const chunk = slice(scope, values, laid)
    const overlaps = this.ratio === OVERLAPPING
    const used = overlaps ? this.overlapped(scope, chunk, x.elementSize) : chunk
    const usedGates = overlaps ? this.overlapped(scope, shifted, shifted.elementSize) : shifted
    const sum = this.pooled(scope, used, usedGates, extent)
    const normed = this.norm.apply(scope, sum)
    scope.drop(sum)
    scope.tape.module = 'compressor'
    output(scope, shape(windows), INDEX_SIZE, 'positions of the windows')
    const tables = this.tables(scope, shape(batch, windows, half), normed.elementSize)
    const turned = turn(scope, normed, tables)
    scope.drop(normed)
    return turned
  }

  private tables (scope: Scope, extent: Shape, elementSize: number): RotaryTables {
    const [cos, sin] = ['cos', 'sin'].map((role) => output(scope, extent, elementSize, role))
    return { cos: cos!, sin: sin! }
  }

  /** (values · softmax(gates)).sum over the window, the softmax in fp32. */
  private pooled (scope: Scope, values: Tensor, gates: Tensor, extent: Shape): Tensor {
    const { tape } = scope
    const wide = cast(scope, gates, 4, 'gates in fp32')
    const soft = softmax(scope, wide, 4)
    if (wide !== gates) scope.drop(wide)
    const weights = cast(scope, soft, values.elementSize, 'weights of the window')
    if (weights !== soft) scope.drop(soft)
    const product = multiply(scope, values, weights, 'weighted values')
    scope.drop(weights)
    const node = needsGrad(tape, product) ? new GradNode(tape, [edgeOf(product)], [], (g) => [tape.retain(g)]) : null
    const sum = output(scope, extent, tape.autocast ? 4 : product.elementSize, 'compressed', node)
    scope.drop(product)
    return sum
  }

  /**
   * Zeros of two halves, [b, n, 2m, d], into which both values of every token are written in place: two CopySlices nodes, each with the
   * slices that the values come from.
   */
  private overlapped (scope: Scope, x: Tensor, elementSize: number): Tensor {
    const { tape } = scope
    const { windows, ratio, width } = this
    const extent = shape(this.run.batch, windows, dimension('2m', 2 * ratio), width)
    const part = shape(this.run.batch, windows, dimension('m', ratio), width)
    const made = output(scope, extent, elementSize, 'overlapping windows')
    let node: GradNode | null = null
    for (const first of windows.size > 1 ? [true, false] : [true]) {
      if (!needsGrad(tape, x)) break
      // The slice of a window's own values is one view; that of the window before is two.
      const source = new GradNode(tape, [edgeOf(x)], [], () => [gradient(tape, x.shape, x.elementSize)])
      const before: GradNode | null = node
      node = new GradNode(tape, [before, source], [], () => {
        const whole = gradient(tape, extent, elementSize)
        const clone = gradient(tape, part, elementSize)
        if (!first) tape.release(gradient(tape, part, elementSize))
        if (before) return [whole, clone]
        tape.release(whole)
        return [null, clone]
      })
    }
    if (!node) return made
    const written = new Tensor(tape.retain(made.storage), extent, elementSize, true, node)
    scope.drop(made)
    return scope.own(written)
  }
}
