import type { Architecture } from '../../../architecture/architecture.ts'
import type { Images } from './images.ts'
import type { ImagePart } from './part.ts'
import { mlpProjector } from './projectors.ts'
import { qwenPart } from './qwen.ts'
import { gridSide, type SizedTower } from './sizes.ts'
import { wholeImagePart, type WholeImageSpec } from './wholeImage.ts'

/* Towers whose code is not followed: that of SigLIP or of Qwen2.5-VL stands for them, over as many patches, with the model's own weights as one block. */

/** By how much the activations of such a tower may differ. */
const SHARE = 0.3

const tilesOf = (side: number, most: number) => (_: SizedTower, { height, width }: Images): number =>
  Math.min(most, Math.max(1, Math.round(height / side)) * Math.max(1, Math.round(width / side)))
/** The tiles, and the whole image once more where there are several. */
const withWhole = (side: number, most: number) => (tower: SizedTower, images: Images): number => {
  const tiles = tilesOf(side, most)(tower, images)
  return tiles > 1 ? tiles + 1 : 1
}

const tiled = (kind: string, source: string, spec: Pick<WholeImageSpec, 'rows' | 'tokens' | 'isClip' | 'side'>): ImagePart => approximate('SigLIP', {
  ...wholeImagePart({ source, activation: 'gelu', projectorLinears: () => new Map(), makeProjector: mlpProjector, ...spec } as WholeImageSpec), kinds: [kind]
}, (a, images) => (spec.rows?.(a.vision as SizedTower, images) ?? 1) * Math.floor((spec.side?.(a.vision as SizedTower) ?? a.vision!.imageSize ?? 448) / a.vision!.patchSize!) ** 2)

function packed (kind: string, source: string): ImagePart {
  const part = qwenPart({ source, kind, norm: 'rms', activation: 'silu', mlp: 'gated', mergerNames: ['ln_q', 'mlp.0', 'mlp.2'], isHooked: true })
  return approximate('Qwen2.5-VL', part, (a, images) => part.imageTokens(a, images) * (a.vision!.spatialMerge ?? 2) ** 2)
}

/** Only the forward pass is the other tower's: its weights take no memory, those of the model are added as one block. */
function approximate (block: string, { positionsPerRow: _, deepLayers: __, ...part }: ImagePart, patches: NonNullable<ImagePart['patches']>): ImagePart {
  return {
    ...part,
    patches,
    approximates: { block, share: SHARE },
    build: (builder, images) => {
      const { tape } = builder.run
      const outside = tape.sharesMemory
      tape.sharesMemory = true
      const model = part.build(builder, images)
      tape.sharesMemory = outside
      return model
    }
  }
}

const BY_KIND: readonly ImagePart[] = [
  tiled('siglip + perceiver resampler', 'MiniCPM-V modeling_minicpmv.py', { rows: withWhole(448, 9), tokens: () => 64, side: () => 448 }),
  tiled('clip + attention pooling', 'Molmo modeling_molmo.py', { rows: withWhole(336, 12), tokens: () => 144, isClip: true }),
  tiled('SAM-B + CLIP-L', 'DeepSeek-OCR deepencoder.py', { tokens: () => 256, side: () => 896 }),
  tiled('gemma4_vision', 'transformers models/gemma4/modeling_gemma4.py', { tokens: () => 280, side: () => 800 }),
  ...['moonvit', 'dots_vit', 'exaone4_5_vision', 'minimax_m3_vision', 'muse_glimmer_vision'].map((kind) => packed(kind, `${kind}: the model’s own file`))
]

/** Models on SigLIP or CLIP that cut images into tiles, by model type. */
const BY_TYPE: Readonly<Record<string, ImagePart>> = {
  aya_vision: tiled('siglip', 'transformers models/aya_vision/modeling_aya_vision.py', { rows: withWhole(364, 12), tokens: (tower) => Math.floor(gridSide(tower) / 2) ** 2 }),
  lfm2_vl: tiled('siglip', 'transformers models/lfm2_vl/modeling_lfm2_vl.py', { rows: withWhole(512, 10), tokens: () => 256, side: () => 512 })
}

/** The nearest tower that is followed; null where none is near, or the language model's own blocks look at the image. */
export function nearestPart ({ modelType, vision }: Architecture): ImagePart | null {
  if (!vision || vision.crossAttentionLayers) return null
  const byType = BY_TYPE[modelType ?? '']
  return byType?.kinds.includes(vision.kind) ? byType : BY_KIND.find(({ kinds }) => kinds.includes(vision.kind)) ?? null
}

/** Bytes by which the tower's activations may differ: a share of those of one block, and of what every block leaves under checkpoints or a graph. */
export function nearestSpread (part: ImagePart, a: Architecture, images: Images, rows: number, elementSize: number, keeps: boolean): number {
  const { hiddenSize: c = 0, intermediateSize: f = 0, layers = 0 } = a.vision!
  const patches = rows * images.perSample * (part.patches?.(a, images) ?? 0)
  return Math.round((part.approximates?.share ?? 0) * patches * elementSize * (2 * f + 8 * c + (keeps ? layers * c : 0)))
}
