import type { Dimension } from '../../../result.ts'
import { dimension, edgeOf, GradNode, SCALAR, Scope, shape, Tensor, type Shape } from '../../../tape/index.ts'
import type { ModelBuilder } from '../../builder.ts'
import { add, cast, gradient, matmul, multiply, needsGrad, output, passThrough, scale, softmax } from '../../elementwise.ts'
import { divideRows, sumRows } from '../../indexing.ts'
import type { Parameter } from '../../linear.ts'
import { linearOver, sigmoid } from '../../functional.ts'
import { reciprocalRms } from '../../normalization.ts'
import type { Run } from '../../run.ts'
import { split } from '../../views.ts'

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
  private readonly base: Parameter
  private readonly scale: Parameter

  constructor (builder: ModelBuilder, streams: number, isHead = false) {
    const { run } = builder
    const n = this.streams = dimension('n', streams)
    const outputs = dimension('w', isHead ? streams : (2 + streams) * streams)
    this.run = run
    this.fn = builder.base('hyper_connection', shape(outputs, dimension('n·h', n.size * run.hiddenSize.size)), 'fn')
    this.base = builder.base('hyper_connection', shape(outputs), 'base')
    this.scale = builder.base('hyper_connection', shape(dimension('3', isHead ? 1 : 3)), 'scale')
  }

  /** The streams collapsed into one by weights of their own (DeepseekV4HyperHead.forward). */
  collapse (caller: Scope, x: Tensor): Tensor {
    const scope = new Scope(caller.tape)
    const raw = this.weights(scope, x, true)
    const open = through(scope, this.scaled(scope, raw, cast(scope, this.scale, 4, 'scale in fp32'), cast(scope, this.base, 4, 'base in fp32'), false), (t) => sigmoid(scope, t))
    const pre = passThrough(scope, open, 'weights')
    scope.drop(open)
    return scope.return(this.collapsed(scope, pre, x), caller)
  }

  mix (caller: Scope, x: Tensor): Mixing {
    const { n, perToken } = this.extents()
    const scope = new Scope(caller.tape)
    const all = this.weights(scope, x)
    const raw = split(scope, all, [perToken(n), perToken(n), perToken(n, n)])
    const base = split(scope, this.base, [shape(n), shape(n), shape(n, n)])
    const scales = split(scope, this.scale, [SCALAR, SCALAR, SCALAR])
    const scaled = (i: 0 | 1 | 2): Tensor => this.scaled(scope, raw[i]!, scales[i]!, base[i]!)
    const openPre = through(scope, scaled(0), (t) => sigmoid(scope, t))
    const pre = passThrough(scope, openPre, 'weights')
    scope.drop(openPre)
    const openPost = through(scope, scaled(1), (t) => sigmoid(scope, t))
    const post = scale(scope, openPost, 'post')
    scope.drop(openPost)
    const comb = this.sinkhorn(scope, through(scope, scaled(2), (t) => softmax(scope, t, 4)))
    const collapsed = this.collapsed(scope, pre, x)
    const mixing = { post: scope.hand(post, caller), comb: scope.hand(comb, caller), collapsed: scope.hand(collapsed, caller) }
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

  /** The projection of all streams, normed in fp32; those may have a name of their own. */
  private weights (scope: Scope, x: Tensor, keepsNormed = false): Tensor {
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
    scope.drop(...(keepsNormed ? [] : [normed]), ...(matrix === this.fn ? [] : [matrix]))
    return product
  }

  /** w · scale + base; one of three scales is a number, which widens nothing. Sigmoid and softmax keep their results, not this sum. */
  private scaled (scope: Scope, raw: Tensor, factor: Tensor, base: Tensor, narrows = true): Tensor {
    const narrow = !narrows ? factor : new Tensor(scope.tape.retain(factor.storage), SCALAR, raw.elementSize, factor.requiresGrad, factor.node, factor.leaf)
    const product = multiply(scope, raw, narrows ? scope.own(narrow) : narrow, 'scaled weights')
    const sum = add(scope, product, base, 'scaled weights')
    scope.drop(product)
    return sum
  }

  /** 20 times rows and columns divided by their sums, beginning with columns. */
  private sinkhorn (scope: Scope, soft: Tensor): Tensor {
    const { n, perToken } = this.extents()
    let comb = passThrough(scope, soft, 'comb')
    scope.drop(soft)
    for (let i = 0; i < 2 * ITERATIONS - 1; i++) {
      const sum = sumRows(scope, comb, perToken(n), 'sums')
      const bounded = passThrough(scope, sum, 'sums')
      scope.drop(sum)
      const next = divideRows(scope, comb, bounded, 'comb')
      scope.drop(comb, bounded)
      comb = next
    }
    return comb
  }

  /** (pre · streams).sum(streams), back in their type. */
  private collapsed (scope: Scope, pre: Tensor, x: Tensor): Tensor {
    const { tape, hidden } = this.run
    const product = multiply(scope, pre, x, 'weighted streams')
    const node = needsGrad(tape, product) ? new GradNode(tape, [edgeOf(product)], [], (g) => [tape.retain(g)]) : null
    const summed = output(scope, hidden, product.elementSize, 'one stream', node)
    scope.drop(product)
    return cast(scope, summed, x.elementSize, 'one stream')
  }
}

/** The next step of an expression: what it was made of has no name. */
function through (scope: Scope, x: Tensor, next: (x: Tensor) => Tensor): Tensor {
  const result = next(x)
  scope.drop(x)
  return result
}

/** post.unsqueeze(-1) · out.unsqueeze(-2): both broadcast, both kept. */
function multiplyStreams (scope: Scope, post: Tensor, out: Tensor, extent: Shape): Tensor {
  const { tape } = scope
  let node: GradNode | null = null
  if (needsGrad(tape, post, out)) {
    const operands = [post, out] as const
    const edges = operands.map(edgeOf)
    const saves = [...(out.requiresGrad ? [post.storage] : []), ...(post.requiresGrad ? [out.storage] : [])]
    node = new GradNode(tape, edges, saves, () => edges.map((edge) => edge ? gradient(tape, extent, out.elementSize) : null))
    node.fit = (made) => made.map((whole, i) => {
      if (!whole) return null
      const summed = gradient(tape, operands[i]!.shape, operands[i]!.elementSize)
      tape.release(whole)
      return summed
    })
  }
  return output(scope, extent, out.elementSize, 'output for every stream', node)
}
