import { dimension, Scope, shape, type Tensor } from '../../../tape/index.ts'
import type { ModelBuilder } from '../../builder.ts'
import { add } from '../../elementwise.ts'
import { PlainExperts } from '../../moe/plainExperts.ts'
import type { Router } from '../../moe/routers.ts'
import { groupedSigmoidRouter } from '../../moe/sigmoidRouters.ts'
import { expertSizes } from '../../moe/sizes.ts'
import type { Projection } from '../../projection.ts'
import type { Sublayer } from '../dense/block.ts'
import type { DenseContext } from '../dense/context.ts'
import { FeedForward } from '../dense/feedForward.ts'

/** transformers NemotronHMoE: experts without gates, in a latent space where the config has one, and a shared MLP. */
export class NemotronMoe implements Sublayer {
  private readonly experts: PlainExperts
  private readonly router: Router
  private readonly shared: FeedForward
  private readonly latent: { readonly into: Projection, readonly out: Projection } | null

  constructor (builder: ModelBuilder, context: DenseContext) {
    const { run } = builder
    const { experts, expertsPerToken, intermediateSize, expertHiddenSize, sharedExperts, routing } = run.architecture.moe!
    const sizes = expertSizes(run, experts, expertsPerToken, intermediateSize)
    const latent = expertHiddenSize ? dimension('latent', expertHiddenSize) : null
    const [tokens] = sizes.tokens.dimensions
    const [pairs] = sizes.pairs.dimensions
    this.experts = new PlainExperts(builder, latent ? { ...sizes, hiddenSize: latent, tokens: shape(tokens!, latent), pairHidden: shape(pairs!, latent) } : sizes, 'relu2')
    this.router = groupedSigmoidRouter({ normalizes: routing?.normalizes ?? true, groups: routing?.groups ?? 1, chosenGroups: routing?.chosenGroups ?? 1 })(builder, sizes)
    this.shared = new FeedForward(builder, context, sharedExperts?.intermediateSize ?? intermediateSize)
    const bias = run.architecture.mlpBias
    this.latent = latent && {
      into: builder.linear('fc1_latent_proj', latent, run.hiddenSize, shape(tokens!, latent), bias),
      out: builder.linear('fc2_latent_proj', run.hiddenSize, latent, sizes.tokens, bias)
    }
  }

  forward (caller: Scope, x: Tensor): Tensor {
    const { latent } = this
    const scope = new Scope(caller.tape)
    const routing = this.router.route(scope, x)
    const narrow = latent ? latent.into.apply(scope, x) : x
    let routed = this.experts.forward(scope, narrow, routing)
    if (latent) {
      scope.drop(narrow)
      const wide = latent.out.apply(scope, routed)
      scope.drop(routed)
      routed = wide
    }
    const shared = this.shared.forward(scope, x)
    scope.tape.module = 'experts'
    return scope.return(add(scope, routed, shared, 'routed and shared'), caller)
  }
}
