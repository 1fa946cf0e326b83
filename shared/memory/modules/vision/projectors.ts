import { dimension, edgeOf, GradNode, Scope, shape, type Shape, type Tensor } from '../../tape/index.ts'
import { activate } from '../activations.ts'
import type { ModelBuilder } from '../builder.ts'
import { cast, gradient, needsGrad, output, passThrough, sliceCopy } from '../elementwise.ts'
import { linear } from '../linear.ts'
import { gemmaRmsNorm } from '../normalization.ts'
import type { Projector, ProjectorExtents } from './wholeImage.ts'

/** F.avg_pool2d: keeps its input. */
function averagePool (scope: Scope, x: Tensor, extent: Shape): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, x) ? new GradNode(tape, [edgeOf(x)], [x.storage], () => [gradient(tape, x.shape, x.elementSize)]) : null
  return output(scope, extent, x.elementSize, 'pooled', node)
}

/** Gemma3MultiModalProjector (gemma3/modeling_gemma3.py): the patches pooled, normed and multiplied by a matrix that is no linear layer. */
export function gemma3Projector (builder: ModelBuilder, { tower, images, tokens }: ProjectorExtents): Projector {
  const { run } = builder
  const [n, t, c] = [dimension('n', images), dimension('t', tokens), dimension('c', tower.hiddenSize)]
  const matrix = builder.base('multi_modal_projector', shape(c, run.hiddenSize))
  const norm = builder.base('mm_soft_emb_norm', shape(c))
  return {
    apply: (caller, x) => {
      const scope = new Scope(caller.tape)
      const { tape } = caller
      tape.module = 'multi_modal_projector'
      const grid = passThrough(scope, x, 'patches as a picture')
      const pooled = averagePool(scope, grid, shape(n, t, c))
      pooled.tokensLast = true
      tape.module = 'mm_soft_emb_norm'
      const normed = gemmaRmsNorm(scope, pooled, norm, shape(n, t))
      normed.tokensLast = true
      tape.module = 'multi_modal_projector'
      const projected = linear(scope, normed, matrix, shape(n, t, run.hiddenSize))
      return scope.return(cast(scope, projected, x.elementSize, 'image vectors'), caller)
    }
  }
}

/** LlavaMultiModalProjector (llava/modeling_llava.py): two linear layers with an activation between them. */
export function mlpProjector (builder: ModelBuilder, { tower, images, tokens }: ProjectorExtents): Projector {
  const { run: { hiddenSize } } = builder
  const extent = shape(dimension('n', images), dimension('t', tokens), hiddenSize)
  const up = builder.linear('linear_1', hiddenSize, dimension('c', tower.hiddenSize), extent, true)
  const down = builder.linear('linear_2', hiddenSize, hiddenSize, extent, true)
  return {
    apply: (caller, x) => {
      const scope = new Scope(caller.tape)
      const raised = up.apply(scope, x)
      scope.tape.module = 'projector'
      const activated = activate(scope, raised, 'gelu')
      scope.drop(raised)
      return scope.return(down.apply(scope, activated), caller)
    }
  }
}

/** Idefics3Connector (idefics3/modeling_idefics3.py): patches shuffled into tokens in two copies, and one linear layer. */
export function shuffledProjector (builder: ModelBuilder, { tower, vectors, images, tokens }: ProjectorExtents): Projector {
  const { run: { hiddenSize } } = builder
  const [n, t] = [dimension('n', images), dimension('t', tokens)]
  const merged = dimension('c·s²', vectors.dimensions[1]!.size / tokens * tower.hiddenSize)
  const only = builder.linear('proj', hiddenSize, merged, shape(n, t, hiddenSize), false)
  return {
    apply: (caller, x) => {
      const scope = new Scope(caller.tape)
      scope.tape.module = 'connector'
      const once = sliceCopy(scope, x, vectors, 'patches by column')
      const twice = sliceCopy(scope, once, shape(n, t, merged), 'merged patches')
      scope.drop(once)
      return scope.return(only.apply(scope, twice), caller)
    }
  }
}

/** PaliGemmaMultiModalProjector (paligemma/modeling_paligemma.py): one linear layer. */
export function linearProjector (builder: ModelBuilder, { tower, images, tokens }: ProjectorExtents): Projector {
  const { run: { hiddenSize } } = builder
  const only = builder.linear('linear', hiddenSize, dimension('c', tower.hiddenSize), shape(dimension('n', images), dimension('t', tokens), hiddenSize), true)
  return { apply: (scope, x) => only.apply(scope, x) }
}
