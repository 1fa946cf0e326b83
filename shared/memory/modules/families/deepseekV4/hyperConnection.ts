import type { Dimension } from '../../../result.ts'
import { dimension, edgeOf, GradNode, Scope, shape, type Shape, type Tensor } from '../../../tape/index.ts'
import type { ModelBuilder } from '../../builder.ts'
import { add, cast, gradient, matmul, multiply, needsGrad, output, softmax } from '../../elementwise.ts'
import { divideRows, sumRows } from '../../indexing.ts'
import type { Parameter } from '../../linear.ts'
import { linearOver, sigmoid } from '../../functional.ts'
import { reciprocalRms } from '../../normalization.ts'
import type { Run } from '../../run.ts'

/** Iterations of Sinkhorn's algorithm (configuration_deepseek_v4.py hc_sinkhorn_iters). */
const ITERATIONS = 20

/** What a hyper-connection makes of the streams: one stream for the sublayer, and how its output and the streams are mixed. */
export interface Mixing {
  readonly post: Tensor
  readonly comb: Tensor
  readonly collapsed: Tensor
}

/** transformers DeepseekV4HyperConnection and DeepseekV4HyperHead: weights from all streams together, in fp32. */
export class HyperConnection {
  private readonly run: Run
  private readonly streams: Dimension
  private readonly fn: Parameter
  private readonly isHead: boolean

  constructor (builder: ModelBuilder, streams: number, isHead = false) {
    const { run } = builder
    const n = this.streams = dimension('n', streams)
    const outputs = dimension('w', isHead ? streams : (2 + streams) * streams)
    this.run = run
    this.isHead = isHead
    this.fn = builder.base('hyper_connection', shape(outputs, dimension('n·h', n.size * run.hiddenSize.size)), 'fn')
    builder.base('hyper_connection', shape(outputs), 'base')
    builder.base('hyper_connection', shape(dimension('3', isHead ? 1 : 3)), 'scale')
  }

  /** The streams collapsed into one by weights of their own. */
  collapse (caller: Scope, x: Tensor): Tensor {
    const scope = new Scope(caller.tape)
    const pre = this.weights(scope, x)
    return scope.return(this.collapsed(scope, pre, x), caller)
  }

  mix (caller: Scope, x: Tensor): Mixing {
    const { n, perToken } = this.extents()
    const scope = new Scope(caller.tape)
    const raw = this.weights(scope, x)
    const post = sigmoid(scope, part(scope, raw, perToken(n)))
    const comb = this.sinkhorn(scope, raw)
    const mixing = { post: scope.hand(post, caller), comb: scope.hand(comb, caller), collapsed: scope.hand(this.collapsed(scope, part(scope, raw, perToken(n)), x), caller) }
    scope.close()
    return mixing
  }

  /** post · output for every stream + combᵀ · streams */
  expand (caller: Scope, { post, comb }: Mixing, out: Tensor, x: Tensor): Tensor {
    const scope = new Scope(caller.tape)
    scope.tape.module = 'hyper_connection'
    const written = multiplyStreams(scope, cast(scope, post, x.elementSize, 'post'), out, x.shape)
    const mixed = matmul(scope, cast(scope, comb, x.elementSize, 'comb'), x, x.shape, 'mixed streams')
    return scope.return(add(scope, written, mixed, 'streams'), caller)
  }

  private extents (): { n: Dimension, perToken: (...last: Dimension[]) => Shape } {
    const { batch, sequence } = this.run
    return { n: this.streams, perToken: (...last) => shape(batch, sequence, ...last) }
  }

  /** The projection of all streams, normed in fp32. */
  private weights (scope: Scope, x: Tensor): Tensor {
    const { tape, tokens } = this.run
    const { perToken } = this.extents()
    tape.module = 'hyper_connection'
    const wide = cast(scope, x, 4, 'streams in fp32')
    const rstd = reciprocalRms(scope, wide, tokens, false)
    const normed = multiply(scope, wide, rstd, 'normed streams')
    if (wide !== x) scope.drop(wide)
    scope.drop(rstd)
    const matrix = cast(scope, this.fn, 4, 'fn in fp32')
    const product = linearOver(scope, normed, matrix, perToken(this.fn.shape.dimensions[0]!))
    scope.drop(normed, ...(matrix === this.fn ? [] : [matrix]))
    const result = cast(scope, product, 4, 'weights')
    return this.isHead ? sigmoid(scope, result) : result
  }

  private sinkhorn (scope: Scope, raw: Tensor): Tensor {
    const { n, perToken } = this.extents()
    const rows = perToken(n)
    let comb = softmax(scope, part(scope, raw, perToken(n, n)), 4)
    for (let i = 0; i < 2 * ITERATIONS - 1; i++) {
      const sum = sumRows(scope, comb, rows, 'sums')
      const next = divideRows(scope, comb, sum, 'comb')
      scope.drop(comb, sum)
      comb = next
    }
    return comb
  }

  /** (pre · streams).sum(streams), back in their type. */
  private collapsed (scope: Scope, pre: Tensor, x: Tensor): Tensor {
    const { tape, hidden } = this.run
    const product = multiply(scope, x, pre, 'weighted streams')
    const node = needsGrad(tape, product) ? new GradNode(tape, [edgeOf(product)], [], (g) => [tape.retain(g)]) : null
    const summed = output(scope, hidden, product.elementSize, 'one stream', node)
    scope.drop(product)
    return cast(scope, summed, x.elementSize, 'one stream')
  }
}

/** Some of the weights, scaled and shifted: a fresh tensor. */
function part (scope: Scope, raw: Tensor, extent: Shape): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, raw) ? new GradNode(tape, [edgeOf(raw)], [], () => [gradient(tape, raw.shape, raw.elementSize)]) : null
  return output(scope, extent, raw.elementSize, 'weights', node)
}

/** post.unsqueeze(-1) · out.unsqueeze(-2): both broadcast, both kept. */
function multiplyStreams (scope: Scope, post: Tensor, out: Tensor, extent: Shape): Tensor {
  const { tape } = scope
  let node: GradNode | null = null
  if (needsGrad(tape, post, out)) {
    const operands = [post, out] as const
    const edges = operands.map(edgeOf)
    node = new GradNode(tape, edges, [post.storage, out.storage], () => edges.map((edge) => edge ? gradient(tape, extent, out.elementSize) : null))
    node.fit = (made) => made.map((whole, i) => {
      if (!whole) return null
      const summed = gradient(tape, operands[i]!.shape, operands[i]!.elementSize)
      tape.release(whole)
      return summed
    })
  }
  return output(scope, extent, out.elementSize, 'output for every stream', node)
}
