import { edgeOf, GradNode, Scope, shape, Tensor, type Shape } from '../../../tape/index.ts'
import type { ModelBuilder } from '../../builder.ts'
import { add, cast, gradient, multiply, needsGrad, output, scale, softmax } from '../../elementwise.ts'
import { divideRowsInPlace, sumRows, topk } from '../../indexing.ts'
import type { Parameter } from '../../linear.ts'
import { Experts } from '../../moe/experts.ts'
import { geluGate } from '../../moe/gates.ts'
import { expertSizes, type ExpertSizes, type Routing } from '../../moe/sizes.ts'
import type { Projection } from '../../projection.ts'
import { Norm, streamNorm } from '../dense/norms.ts'

/** The experts beside the dense MLP of Gemma4TextDecoderLayer: they see the stream before the MLP, between norms of their own. */
export class Gemma4Experts {
  private readonly sizes: ExpertSizes
  private readonly router: Gemma4Router
  private readonly experts: Experts
  private readonly afterMlp: Norm
  private readonly after: Norm
  private readonly before: Norm

  constructor (builder: ModelBuilder) {
    const { run } = builder
    const { experts, expertsPerToken, intermediateSize } = run.architecture.moe!
    this.sizes = expertSizes(run, experts, expertsPerToken, intermediateSize)
    this.router = new Gemma4Router(builder, this.sizes)
    this.experts = new Experts(builder, this.sizes, { gate: geluGate })
    this.afterMlp = streamNorm(builder, 'power-rms', 'post_feedforward_layernorm_1')
    this.after = streamNorm(builder, 'power-rms', 'post_feedforward_layernorm_2')
    this.before = streamNorm(builder, 'power-rms', 'pre_feedforward_layernorm_2')
  }

  /** `scope`: the layer's frame, which names everything until it returns. */
  beside (scope: Scope, stream: Tensor, dense: Tensor): Tensor {
    const one = this.afterMlp.apply(scope, dense)
    const flat = rowsOf(scope, stream)
    const routing = this.router.route(scope, flat)
    const normed = this.before.apply(scope, flat)
    const mixed = this.experts.forward(scope, normed, routing)
    scope.drop(normed)
    const two = this.after.apply(scope, mixed)
    scope.drop(mixed)
    const sum = add(scope, one, two, 'dense and routed')
    scope.drop(dense)
    return sum
  }
}

/** Gemma4TextRouter.forward: a norm without weights, a scale per channel, softmax in fp32, and a scale per expert. */
class Gemma4Router {
  private readonly sizes: ExpertSizes
  private readonly norm: Norm
  private readonly projection: Projection
  private readonly channels: Parameter
  private readonly perExpert: Parameter

  constructor (builder: ModelBuilder, sizes: ExpertSizes) {
    const { experts, hiddenSize, scores, tokens } = sizes
    this.sizes = sizes
    this.norm = new Norm(builder, 'bare-power-rms', 'router', shape(hiddenSize), shape(tokens.dimensions[0]!))
    this.projection = builder.linear('proj', experts, hiddenSize, scores, false)
    this.channels = builder.base('router', shape(hiddenSize), 'scale')
    this.perExpert = builder.base('router', shape(experts), 'per_expert_scale')
  }

  route (caller: Scope, x: Tensor): Routing {
    const { chosen, rows } = this.sizes
    const scope = new Scope(caller.tape)
    const normed = this.norm.apply(scope, x)
    const channelled = multiply(scope, normed, this.channels, 'scaled channels')
    const scaled = scale(scope, channelled, 'scaled channels')
    scope.drop(channelled, normed)
    const scores = this.projection.apply(scope, scaled)
    scope.tape.module = 'router'
    const wide = cast(scope, scores, 4, 'scores in fp32')
    const probabilities = softmax(scope, wide, 4)
    if (wide !== scores) scope.drop(wide)
    const best = topk(scope, probabilities, chosen, 'largest probabilities')
    const sum = sumRows(scope, best.values, rows, 'sum of weights')
    const normalized = divideRowsInPlace(scope, best.values, sum)
    scope.drop(sum)
    const factors = lookUp(scope, this.perExpert, best.indices, chosen)
    const weights = multiply(scope, normalized, factors, 'weights')
    scope.drop(factors, normalized)
    scope.hand(probabilities, caller)
    const routing = { weights: scope.hand(weights, caller), indices: scope.hand(best.indices, caller) }
    scope.close()
    return routing
  }
}

/** `values[index]` of a vector: keeps the index; backward adds into zeros of the vector's extent. */
function lookUp (scope: Scope, values: Parameter, index: Tensor, extent: Shape): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, values) ? new GradNode(tape, [edgeOf(values)], [index.storage], () => [gradient(tape, values.shape, values.elementSize)]) : null
  return output(scope, extent, values.elementSize, 'scales of the chosen experts', node)
}

/** `x.reshape(-1, h)`: a view, at which the gradients of router and experts meet. */
function rowsOf (scope: Scope, x: Tensor): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, x) ? new GradNode(tape, [edgeOf(x)], [], (g) => [tape.retain(g)]) : null
  tape.retain(x.storage)
  return scope.own(new Tensor(x.storage, x.shape, x.elementSize, node !== null, node))
}

/** Linear layers of the experts' router that an adapter may target. */
export const routerLayers = (experts: number, hiddenSize: number): readonly (readonly [string, readonly [number, number]])[] => [['proj', [experts, hiddenSize]]]
