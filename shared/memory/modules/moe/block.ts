import { dimension, edgeOf, GradNode, Scope, Tensor } from '../../tape/index.ts'
import type { ModelBuilder } from '../builder.ts'
import { add, cast, multiply, needsGrad, scale } from '../elementwise.ts'
import type { Projection } from '../projection.ts'
import { Experts, type ExpertOptions } from './experts.ts'
import { expertNames } from './peftNames.ts'
import { ModuleExperts } from './moduleExperts.ts'
import { SeparateStacks } from './separateStacks.ts'
import { sigmoid } from '../functional.ts'
import type { Router, RouterMaker } from './routers.ts'
import type { Run } from '../run.ts'
import { expertSizes, type ExpertSizes, type Routing } from './sizes.ts'

/** A layer's part that maps [b, s, h] to [b, s, h]. */
export interface Part {
  forward (scope: Scope, x: Tensor): Tensor
}

/** Where the shared experts run: `before` the router (Qwen2-MoE, Ernie, HunYuan), `between` it and the experts (AFMoE), or `after` them (DeepSeek, GLM). */
export type SharedOrder = 'before' | 'between' | 'after'

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
  /** Routed and shared output are added in fp32 (HunYuan 3). */
  readonly combinesWide?: boolean
  /** The routed output is multiplied by a number (Laguna). */
  readonly scalesRouted?: boolean
  /** The routed experts are given a view of their own, at which their gradients gather (DeepSeek V3's MoE). */
  readonly ownRows?: boolean
  /** Router and experts have a frame of their own, gone when the shared experts run (Granite). */
  readonly framed?: boolean
  /** Which one is the sum's first operand; absent: the routed output. */
  readonly sharedFirst?: boolean
}

/** Stacks of weights, or an MLP each where the plan says so and the experts are plain. */
function makeExperts (builder: ModelBuilder, sizes: ExpertSizes, options: ExpertOptions): Experts | ModuleExperts | SeparateStacks {
  if (options.separate) return new SeparateStacks(builder, sizes)
  const { plan, architecture } = builder.run
  const plain = !options.gate && !options.biased
  return plan.runtime.experts === 'modules' && plain ? new ModuleExperts(builder, sizes, expertNames(architecture.modelType)) : new Experts(builder, sizes, options)
}

/** Router, experts and shared experts in place of a dense MLP (transformers …SparseMoeBlock, …MoE). */
export class MixtureBlock {
  private readonly run: Run
  private readonly router: Router
  private readonly experts: Experts | ModuleExperts | SeparateStacks
  private readonly shared: Part | null
  private readonly gate: Projection | null
  private readonly parts: MixtureParts

  constructor (builder: ModelBuilder, parts: MixtureParts) {
    const { run } = builder
    const { experts, expertsPerToken, intermediateSize } = run.architecture.moe!
    this.run = run
    const sizes = expertSizes(run, experts, expertsPerToken, intermediateSize)
    this.parts = parts
    const early = parts.routerFirst ? parts.router(builder, sizes) : null
    const shared = parts.order === 'between' ? parts.shared?.(builder) : null
    this.experts = makeExperts(builder, sizes, parts.experts)
    this.router = early ?? parts.router(builder, sizes)
    this.shared = shared ?? parts.shared?.(builder) ?? null
    this.gate = this.shared && parts.gatesShared ? builder.linear('shared_expert_gate', dimension('1', 1), run.hiddenSize, sizes.rows, false) : null
  }

  forward (caller: Scope, x: Tensor): Tensor {
    const { shared, parts: { order, scalesRouted, framed } } = this
    const scope = new Scope(caller.tape)
    const before = shared && order !== 'after' ? this.early(scope, x, order) : null
    const inner = framed ? new Scope(caller.tape) : scope
    const routing = before?.routing ?? this.route(inner, x)
    const result = this.experts.forward(inner, this.parts.ownRows ? viewOf(inner, x) : x, routing)
    const chosen = framed ? inner.return(result, scope) : result
    const routed = scalesRouted ? scale(scope, chosen, 'scaled output') : chosen
    if (routed !== chosen) scope.drop(chosen)
    if (!shared) return scope.return(routed, caller)
    const other = this.gated(scope, x, before?.output ?? shared.forward(scope, x))
    scope.tape.module = 'experts'
    return scope.return(this.combine(scope, routed, other), caller)
  }

  /** Shared experts that run before the routed ones. */
  private early (scope: Scope, x: Tensor, order: SharedOrder): { routing: Routing | null, output: Tensor } {
    const routing = order === 'between' ? this.route(scope, x) : null
    return { routing, output: this.shared!.forward(scope, x) }
  }

  private route (scope: Scope, x: Tensor): Routing {
    const routing = this.router.route(scope, x)
    if (routing.logits) this.run.routerLogits?.take(routing.logits)
    return routing
  }

  private combine (scope: Scope, routed: Tensor, shared: Tensor): Tensor {
    const { combinesWide, sharedFirst } = this.parts
    if (!combinesWide) return sharedFirst ? add(scope, shared, routed, 'shared and routed') : add(scope, routed, shared, 'routed and shared')
    const wide = cast(scope, routed, 4, 'routed in fp32')
    // The shared output has no name: it goes once it is cast.
    const wideShared = cast(scope, shared, 4, 'shared in fp32')
    if (wideShared !== shared) scope.drop(shared)
    const sum = add(scope, wide, wideShared, 'routed and shared')
    if (wide !== routed) scope.drop(wide)
    scope.drop(wideShared)
    return cast(scope, sum, routed.elementSize, 'output')
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

/** `x.view(-1, h)` */
function viewOf (scope: Scope, x: Tensor): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, x) ? new GradNode(tape, [edgeOf(x)], [], (g) => [tape.retain(g)]) : null
  tape.retain(x.storage)
  return scope.own(new Tensor(x.storage, x.shape, x.elementSize, node !== null, node))
}
