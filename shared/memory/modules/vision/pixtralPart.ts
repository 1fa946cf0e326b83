import { dimension, edgeOf, GradNode, Scope, shape, type Tensor } from '../../tape/index.ts'
import { activate } from '../activations.ts'
import type { ModelBuilder } from '../builder.ts'
import { cast, gradient, needsGrad, output, sliceCopy } from '../elementwise.ts'
import { trainsProjector, trainsTower, type Images } from './images.ts'
import { placeholders, scatterImages } from './merge.ts'
import { TowerNorm } from './norm.ts'
import type { ImageModel, ImagePart } from './part.ts'
import { PixtralTower } from './pixtral.ts'
import { sizedTower, type SizedTower } from './sizes.ts'

/** Patches of an image along its sides, as whole tokens. */
function grid ({ patchSize, spatialMerge = 1 }: SizedTower, { height, width }: Images): readonly [down: number, across: number] {
  const along = (pixels: number): number => spatialMerge * Math.max(1, Math.ceil(pixels / (patchSize * spatialMerge)))
  return [along(height), along(width)]
}

/** Pixtral's tower in Mistral 3, which merges patches before the projector, and in LLaVA, which does not. */
export function pixtralPart (merges: boolean): ImagePart {
  return {
    kinds: ['pixtral'],
    source: `transformers models/pixtral/modeling_pixtral.py, models/${merges ? 'mistral3/modeling_mistral3.py' : 'llava/modeling_llava.py'}`,
    imageTokens: (a, images) => {
      const [down, across] = grid(sizedTower(a)!, images)
      return down * across / (sizedTower(a)!.spatialMerge ?? 1) ** 2
    },
    towerLinears: ({ vision }) => {
      const [c, f] = [vision!.hiddenSize!, vision!.intermediateSize!]
      return new Map<string, readonly [number, number]>([
        ...['q_proj', 'k_proj', 'v_proj', 'o_proj'].map((name) => [name, [c, c]] as const), ['gate_proj', [f, c]], ['up_proj', [f, c]], ['down_proj', [c, f]]
      ])
    },
    projectorLinears: ({ hiddenSize: h, vision }) => {
      const c = vision!.hiddenSize!
      const merging = merges ? [['merging_layer', [c, c * (vision!.spatialMerge ?? 1) ** 2]] as const] : []
      return new Map<string, readonly [number, number]>([...merging, ['linear_1', [h, c]], ['linear_2', [h, h]]])
    },
    build: (builder, images) => build(merges, builder, images)
  }
}

function build (merges: boolean, builder: ModelBuilder, images: Images | null): ImageModel {
  const { run } = builder
  const { architecture, plan } = run
  const size = sizedTower(architecture)!
  const merge = size.spatialMerge ?? 1
  const [down, across] = grid(size, images ?? { perSample: 0, height: 0, width: 0 })
  const count = (images?.perSample ?? 0) * run.batch.size
  const part = pixtralPart(merges)
  const rows = dimension('m', count * down * across)
  const tower = builder.beside(trainsTower(plan), part.towerLinears(architecture).keys(), [dimension('1', 1), rows], () => new PixtralTower(builder, {
    images: count, height: down * size.patchSize, width: across * size.patchSize, patchSize: size.patchSize, hiddenSize: size.hiddenSize,
    intermediateSize: size.intermediateSize, heads: size.heads, layers: size.layers, trained: trainsTower(plan)
  }, [down, across]))
  const t = dimension('t', rows.size / merge ** 2)
  const project = builder.beside(trainsProjector(plan), part.projectorLinears(architecture).keys(), [t], () => projector(merges, builder, tower, merge))
  return {
    inputs: images ? [tower.pixels] : [],
    merge: (caller, embedded, pass) => {
      const { tape } = run
      const kept = new Scope(tape)
      const last = tower.forward(kept, kept, pass)
      const vectors = project(kept, last)
      tape.module = 'projector'
      // Apart by image, and joined again; the result is returned beside the logits.
      const joined = sliceCopy(caller, vectors, vectors.shape, 'image vectors')
      const typed = cast(caller, joined, embedded.elementSize, 'image vectors')
      if (typed !== joined) caller.drop(joined)
      run.imageOutput = typed
      const mask = placeholders(kept, run)
      const hidden = scatterImages(caller, embedded, mask, typed)
      const storages = kept.all().map(({ storage }) => tape.retain(storage))
      kept.close()
      return { hidden, kept: storages }
    }
  }
}

/** Mistral3MultiModalProjector: norm, patches merged through unfold and a linear layer; then LLaVA's two layers. */
function projector (merges: boolean, builder: ModelBuilder, tower: PixtralTower, merge: number): (scope: Scope, x: Tensor) => Tensor {
  const { rows, width: c } = tower
  const h = builder.run.hiddenSize
  const t = dimension('t', rows.size / merge ** 2)
  const merged = dimension(`${merge ** 2}c`, merge ** 2 * c.size)
  const norm = merges ? new TowerNorm(builder, 'rms', 'norm', shape(c), shape(rows)) : null
  const merging = merges ? builder.linear('merging_layer', c, merged, shape(t, c), false) : null
  const [up, down] = [builder.linear('linear_1', h, c, shape(t, h), !merges), builder.linear('linear_2', h, h, shape(t, h), !merges)]
  return (caller, x) => {
    const scope = new Scope(caller.tape)
    let vectors = x
    if (norm && merging) {
      const normed = norm.apply(scope, x)
      scope.tape.module = 'patch_merger'
      const inner = new Scope(scope.tape)
      const unfolded = copyOf(inner, normed, shape(t, merged), 'unfolded patches')
      const grid = copyOf(inner, unfolded, shape(t, merged), 'merged patches')
      vectors = inner.return(merging.apply(inner, grid), scope)
      scope.drop(normed)
    }
    const raised = up.apply(scope, vectors)
    scope.tape.module = 'projector'
    const activated = activate(scope, raised, 'gelu')
    scope.drop(raised)
    return scope.return(down.apply(scope, activated), caller)
  }
}

/** A copy in another order; backward makes the gradient of the original. */
function copyOf (scope: Scope, x: Tensor, extent: ReturnType<typeof shape>, role: string): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, x) ? new GradNode(tape, [edgeOf(x)], [], () => [gradient(tape, x.shape, x.elementSize)]) : null
  return output(scope, extent, x.elementSize, role, node)
}
