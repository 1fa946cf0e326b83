import { Scope, type Tensor } from '../../tape/index.ts'
import type { ModelBuilder } from '../builder.ts'
import { add } from '../elementwise.ts'
import { Experts, type ExpertOptions } from './experts.ts'
import type { Router, RouterMaker } from './routers.ts'
import { expertSizes } from './sizes.ts'

/** A layer's part that maps [b, s, h] to [b, s, h]. */
export interface Part {
  forward (scope: Scope, x: Tensor): Tensor
}

/** Where the shared experts run: `before` the router (Ernie, Hunyuan) or `after` the routed experts (DeepSeek, GLM). */
export type SharedOrder = 'before' | 'after'

export interface MixtureParts {
  readonly router: RouterMaker
  readonly experts: ExpertOptions
  /** Made after router and experts. */
  readonly shared: Part | null
  readonly order: SharedOrder
}

/** Router, experts and shared experts in place of a dense MLP (transformers …SparseMoeBlock, …MoE). */
export class MixtureBlock {
  private readonly router: Router
  private readonly experts: Experts
  private readonly parts: MixtureParts

  constructor (builder: ModelBuilder, parts: MixtureParts) {
    const { run } = builder
    const { experts, expertsPerToken, intermediateSize } = run.architecture.moe!
    const sizes = expertSizes(run, experts, expertsPerToken, intermediateSize)
    this.parts = parts
    this.router = parts.router(builder, sizes)
    this.experts = new Experts(builder, sizes, parts.experts)
  }

  forward (caller: Scope, x: Tensor): Tensor {
    const { shared, order } = this.parts
    const scope = new Scope(caller.tape)
    const before = shared && order === 'before' ? shared.forward(scope, x) : null
    const routed = this.experts.forward(scope, x, this.router.route(scope, x))
    if (!shared) return scope.return(routed, caller)
    const other = before ?? shared.forward(scope, x)
    scope.tape.module = 'experts'
    return scope.return(add(scope, routed, other, 'routed and shared'), caller)
  }
}
