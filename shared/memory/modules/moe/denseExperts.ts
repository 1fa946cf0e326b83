import { dimension, edgeOf, GradNode, Scope, shape, type Shape, type Tensor } from '../../tape/index.ts'
import type { ModelBuilder } from '../builder.ts'
import { cast, gradient, multiply, needsGrad, output, silu } from '../elementwise.ts'
import { topk } from '../indexing.ts'
import { linear, type Parameter } from '../linear.ts'
import { split } from '../views.ts'
import type { Part } from './block.ts'
import { addInPlace, sigmoid } from '../functional.ts'
import { expertSizes, type ExpertSizes } from './sizes.ts'

/**
 * Every expert sees every token: the tokens are repeated for each expert, weighted by a sigmoid of the chosen logits, 0 for the
 * others, and run as batched matmuls (transformers models/llama4/modeling_llama4.py Llama4TextMoe, Llama4TextExperts).
 */
export class DenseExperts {
  private readonly sizes: ExpertSizes
  private readonly gateUp: Parameter
  private readonly down: Parameter
  private readonly router: Parameter
  private readonly shared: Part

  constructor (builder: ModelBuilder, makeShared: (builder: ModelBuilder) => Part) {
    const { run } = builder
    const { experts: count, expertsPerToken, intermediateSize } = run.architecture.moe!
    const sizes = this.sizes = expertSizes(run, count, expertsPerToken, intermediateSize)
    const { experts, hiddenSize, width } = sizes
    this.gateUp = builder.base('experts', shape(experts, hiddenSize, dimension('2I', 2 * width.size)), 'gate_up_proj')
    this.down = builder.base('experts', shape(experts, width, hiddenSize), 'down_proj')
    this.router = builder.base('router', shape(experts, hiddenSize))
    this.shared = makeShared(builder)
  }

  forward (caller: Scope, x: Tensor): Tensor {
    const { tape } = caller
    const { experts, hiddenSize, tokens } = this.sizes
    const scope = new Scope(tape)
    const scores = this.route(scope, x)
    tape.module = 'experts'
    const all = shape(dimension('E·T', experts.size * tokens.dimensions[0]!.size), hiddenSize)
    const repeated = repeat(scope, x, all)
    const column = transposedCopy(scope, scores)
    const weighted = multiply(scope, repeated, column, 'weighted tokens')
    scope.drop(repeated, column)
    const routed = this.run(scope, weighted)
    const out = this.shared.forward(scope, x)
    tape.module = 'experts'
    const summed = sumExperts(scope, routed, tokens)
    const result = addInPlace(scope, out, summed)
    scope.drop(summed)
    return scope.return(result, caller)
  }

  /** Llama4Router.forward: the chosen logits among −∞, then a sigmoid in fp32. The caller keeps the logits. */
  private route (caller: Scope, x: Tensor): Tensor {
    const { tape } = caller
    const { scores: extent, chosen } = this.sizes
    const scope = new Scope(tape)
    tape.module = 'router'
    const logits = scope.hand(linear(scope, x, this.router, extent), caller)
    const best = topk(scope, logits, chosen, 'largest logits')
    const scattered = scatter(scope, best.values, best.indices, extent)
    const wide = cast(scope, scattered, 4, 'logits in fp32')
    const open = sigmoid(scope, wide)
    if (wide !== scattered) scope.drop(wide)
    const scores = cast(scope, open, scattered.elementSize, 'scores')
    return scope.return(scores, caller)
  }

  private run (caller: Scope, tokens: Tensor): Tensor {
    const scope = new Scope(caller.tape)
    const { width, hiddenSize, experts, tokens: { dimensions: [rows] } } = this.sizes
    const extent = (symbol: string, size: number): Shape => shape(experts, rows!, dimension(symbol, size))
    // torch.bmm keeps and casts what F.linear does.
    const gateUp = linear(scope, tokens, this.gateUp, extent('2I', 2 * width.size))
    const half = extent('I', width.size)
    const [gate, up] = split(scope, gateUp, [half, half])
    const activated = silu(scope, gate!)
    const product = multiply(scope, up!, activated)
    scope.drop(activated)
    const result = linear(scope, product, this.down, extent('h', hiddenSize.size))
    scope.drop(product)
    return scope.return(result, caller)
  }
}

/** x.repeat(n, 1): backward sums the copies. */
function repeat (scope: Scope, x: Tensor, extent: Shape): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, x) ? new GradNode(tape, [edgeOf(x)], [], () => [gradient(tape, x.shape, x.elementSize)]) : null
  return output(scope, extent, x.elementSize, 'tokens for every expert', node)
}

/** scores.transpose(0, 1).reshape(-1, 1) */
function transposedCopy (scope: Scope, scores: Tensor): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, scores) ? new GradNode(tape, [edgeOf(scores)], [], (g) => [tape.retain(g)]) : null
  return output(scope, shape(dimension('E·T', scores.elements), dimension('1', 1)), scores.elementSize, 'scores by expert', node)
}

/** full_like(−∞).scatter_(1, index, values): keeps the index; backward gathers. */
function scatter (scope: Scope, values: Tensor, index: Tensor, extent: Shape): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, values) ? new GradNode(tape, [edgeOf(values)], [index.storage], () => [gradient(tape, values.shape, values.elementSize)]) : null
  return output(scope, extent, values.elementSize, 'chosen logits', node)
}

/** routed.reshape(E, T, h).sum(0), in fp32 under autocast: backward copies the expanded gradient to be viewed as rows. */
function sumExperts (scope: Scope, routed: Tensor, tokens: Shape): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, routed) ? new GradNode(tape, [edgeOf(routed)], [], () => [gradient(tape, routed.shape, routed.elementSize)]) : null
  return output(scope, tokens, tape.autocast ? 4 : routed.elementSize, 'sum over experts', node)
}
