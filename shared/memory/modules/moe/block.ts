import { dimension, Scope, type Tensor } from '../../tape/index.ts'
import type { ModelBuilder } from '../builder.ts'
import { add, multiply } from '../elementwise.ts'
import type { Projection } from '../projection.ts'
import { Experts, type ExpertOptions } from './experts.ts'
import { sigmoid } from './operations.ts'
import type { Router, RouterMaker } from './routers.ts'
import { expertSizes } from './sizes.ts'

/** A layer's part that maps [b, s, h] to [b, s, h]. */
export interface Part {
  forward (scope: Scope, x: Tensor): Tensor
}

/** Where the shared experts run: `before` the router (Qwen2-MoE, Ernie, HunYuan) or `after` the routed experts (DeepSeek, GLM). */
export type SharedOrder = 'before' | 'after'

export interface MixtureParts {
  readonly router: RouterMaker
  readonly experts: ExpertOptions
  /** The router's parameters come before the experts'; only an optimizer that works parameter by parameter sees the difference. */
  readonly routerFirst: boolean
  /** Made after router and experts. */
  readonly shared: ((builder: ModelBuilder) => Part) | null
  /** The shared experts' output is multiplied by a sigmoid gate (Qwen2-MoE). */
  readonly gatesShared: boolean
  readonly order: SharedOrder
}

/** Router, experts and shared experts in place of a dense MLP (transformers …SparseMoeBlock, …MoE). */
export class MixtureBlock {
  private readonly router: Router
  private readonly experts: Experts
  private readonly shared: Part | null
  private readonly gate: Projection | null
  private readonly order: SharedOrder

  constructor (builder: ModelBuilder, parts: MixtureParts) {
    const { run } = builder
    const { experts, expertsPerToken, intermediateSize } = run.architecture.moe!
    const sizes = expertSizes(run, experts, expertsPerToken, intermediateSize)
    this.order = parts.order
    const early = parts.routerFirst ? parts.router(builder, sizes) : null
    this.experts = new Experts(builder, sizes, parts.experts)
    this.router = early ?? parts.router(builder, sizes)
    this.shared = parts.shared?.(builder) ?? null
    this.gate = this.shared && parts.gatesShared ? builder.linear('shared_expert_gate', dimension('1', 1), run.hiddenSize, sizes.rows, false) : null
  }

  forward (caller: Scope, x: Tensor): Tensor {
    const { shared, order } = this
    const scope = new Scope(caller.tape)
    const before = shared && order === 'before' ? shared.forward(scope, x) : null
    const routed = this.experts.forward(scope, x, this.router.route(scope, x))
    if (!shared) return scope.return(routed, caller)
    const other = this.gated(scope, x, before ?? shared.forward(scope, x))
    scope.tape.module = 'experts'
    return scope.return(add(scope, routed, other, 'routed and shared'), caller)
  }

  /** sigmoid(gate(x)) · shared: the name is bound anew. */
  private gated (scope: Scope, x: Tensor, shared: Tensor): Tensor {
    if (!this.gate) return shared
    const raw = this.gate.apply(scope, x)
    const open = sigmoid(scope, raw)
    scope.drop(raw)
    const result = multiply(scope, open, shared, 'gated')
    scope.drop(open, shared)
    return result
  }
}
