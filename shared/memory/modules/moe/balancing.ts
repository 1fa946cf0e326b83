import { dimension, GradNode, SCALAR, Scope, shape, Tensor, type Shape } from '../../tape/index.ts'
import { cast, gradient, needsGrad, output, softmax } from '../elementwise.ts'
import { INDEX_SIZE } from '../indexing.ts'
import type { Run } from '../run.ts'

/** Router logits of one forward pass, which the model's wrapper collects through hooks (transformers utils/output_capturing.py). */
export class RouterLogits {
  private readonly holder: Scope
  readonly taken: Tensor[] = []

  /** `holder`: the frame of the model's call. */
  constructor (holder: Scope) {
    this.holder = holder
  }

  take (logits: Tensor): void {
    this.taken.push(this.holder.alias(logits))
  }
}

/**
 * transformers load_balancing_loss_func: per layer a softmax over the experts, the chosen experts counted, the probabilities
 * summed in fp32. Null where no router is reached by a gradient.
 */
export function balancingLoss (caller: Scope, routers: readonly Tensor[], run: Run): Tensor | null {
  const { tape, plan, architecture } = run
  const scope = new Scope(tape)
  tape.module = 'router_loss'
  const [counts, sums] = ['tokens per expert', 'sums of probabilities'].map((role) => output(scope, shape(dimension('E', architecture.moe!.experts)), 4, role))
  const mask = plan.data.padding ? output(scope, shape(dimension('T', run.tokens.elements)), 4, 'mask in fp32') : null
  const parts: Tensor[] = []
  let named: Tensor[] = []
  for (const logits of routers) {
    const next = layerPart(scope, logits, counts!.shape, architecture.moe!.expertsPerToken, mask, named)
    named = next.named
    if (next.sum.requiresGrad) parts.push(next.sum)
  }
  const edges = parts.map((part) => part.node)
  const node = edges.length > 0 ? new GradNode(tape, edges, [counts!.storage], () => {
    const each = gradient(tape, sums!.shape, 4)
    for (let i = 1; i < edges.length; i++) tape.retain(each)
    return edges.map(() => each)
  }) : null
  return scope.return(output(scope, SCALAR, 4, 'router loss', node), caller)
}

/** The sums of one layer; `before`: what has names from the layer before, bound anew one by one. */
function layerPart (scope: Scope, logits: Tensor, perExpert: Shape, k: number, mask: Tensor | null, before: readonly Tensor[]): { sum: Tensor, named: Tensor[] } {
  const { tape } = scope
  const wide = tape.autocast ? cast(scope, logits, 4, 'logits in fp32') : logits
  const weights = softmax(scope, wide, wide.elementSize)
  if (wide !== logits) scope.drop(wide)
  scope.drop(...before.slice(0, 1))
  const chosen = shape(logits.shape.dimensions[0]!, dimension('k', k))
  const values = output(scope, chosen, weights.elementSize, 'largest probabilities')
  const indices = output(scope, chosen, INDEX_SIZE, 'indices of the largest probabilities')
  scope.drop(...before.slice(1))
  if (mask) scope.drop(output(scope, chosen, 4, 'repeated mask'))
  const wideWeights = cast(scope, weights, 4, 'probabilities in fp32')
  const counted = mask ? masked(scope, wideWeights, mask) : wideWeights
  // sum over the tokens: its gradient is an expanded view.
  const node = needsGrad(tape, counted) ? new GradNode(tape, [counted.node], [], (g) => [tape.retain(g)]) : null
  const sum = new Tensor(tape.allocate(perExpert, 4, 'sums of probabilities'), perExpert, 4, node !== null, node)
  scope.drop(scope.own(sum), ...[wideWeights, counted].filter((t) => t !== weights))
  return { sum, named: [weights, values, indices] }
}

/** probabilities · mask: keeps the mask alone. */
function masked (scope: Scope, x: Tensor, mask: Tensor): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, x) ? new GradNode(tape, [x.node], [mask.storage], () => [gradient(tape, x.shape, 4)]) : null
  return output(scope, x.shape, 4, 'masked probabilities', node)
}

/** The loss and the weighted loss of the routers as one root of the backward pass. */
export function withBalancing (run: Run, loss: Tensor): GradNode {
  const { tape, balancing } = run
  run.balancing = null
  if (!balancing?.node) return loss.node!
  return new GradNode(tape, [loss.node, balancing.node], [], (g) => [tape.retain(g), gradient(tape, SCALAR, 4)])
}

/** accelerate's ConvertOutputsToFp32 over the router logits among a model's outputs; `holder` keeps the copies. */
export function routerOutputsInFp32 (run: Run, holder: Scope): void {
  run.routerOutputs = run.routerOutputs.map((logits) => logits.elementSize === 4
    ? logits
    : holder.own(new Tensor(run.tape.allocate(logits.shape, 4, 'outputs in fp32'), logits.shape, 4, false)))
}
