import type { Architecture } from '../../../architecture/architecture.ts'
import { anyresProjector, anyresRows, anyresTokens, LLAVA_NEXT, LLAVA_ONEVISION } from './anyres.ts'
import type { ImagePart } from './part.ts'
import { MORE_PARTS } from './moreParts.ts'
import { pixtralPart } from './pixtralPart.ts'
import { gemma3Projector, linearProjector, mlpProjector, shuffledProjector } from './projectors.ts'
import { nearestPart } from './nearest.ts'
import { qwenPart } from './qwen.ts'
import { gridSide, sizedTower, type SizedTower } from './sizes.ts'
import { noLinears, wholeImagePart } from './wholeImage.ts'

export * from './images.ts'
export type * from './part.ts'
export { nearestSpread } from './nearest.ts'

/** model_type of a vision-language model → its tower and projector as transformers runs them. */
const QWEN_3 = qwenPart({
  source: 'transformers models/qwen3_vl/modeling_qwen3_vl.py',
  kind: 'qwen3_vl', norm: 'layer-norm', activation: 'gelu', mlp: ['linear_fc1', 'linear_fc2'], mergerNames: ['norm', 'linear_fc1', 'linear_fc2'],
  positions: 2304, isHooked: false
})

/** Patches along one side of a token (config scale_factor): 4, or 3 where the grid is a multiple of that alone. */
const idefics3Scale = (tower: SizedTower): number => gridSide(tower) % 4 === 0 ? 4 : 3

const PARTS: Readonly<Record<string, ImagePart>> = {
  gemma3: wholeImagePart({
    source: 'transformers models/gemma3/modeling_gemma3.py, models/siglip/modeling_siglip.py',
    activation: 'gelu',
    masks: true,
    tokenBytes: 8,
    tokens: ({ tokensPerImage }) => tokensPerImage ?? 256,
    projectorLinears: noLinears,
    makeProjector: gemma3Projector
  }),
  qwen2_vl: qwenPart({
    source: 'transformers models/qwen2_vl/modeling_qwen2_vl.py',
    kind: 'qwen2_vl', norm: 'layer-norm', activation: 'quick-gelu', mlp: ['fc1', 'fc2'], mergerNames: ['ln_q', 'mlp.0', 'mlp.2'], isHooked: true
  }),
  qwen2_5_vl: qwenPart({
    source: 'transformers models/qwen2_5_vl/modeling_qwen2_5_vl.py',
    kind: 'qwen2_5_vl', norm: 'rms', activation: 'silu', mlp: 'gated', mergerNames: ['ln_q', 'mlp.0', 'mlp.2'], window: 112, isHooked: true
  }),
  ...MORE_PARTS,
  qwen3_vl: QWEN_3,
  qwen3_vl_moe: QWEN_3,
  qwen3_5: QWEN_3,
  qwen3_5_moe: QWEN_3,
  mistral3: pixtralPart(true),
  mistral4: pixtralPart(true),
  idefics3: wholeImagePart({
    source: 'transformers models/idefics3/modeling_idefics3.py',
    activation: 'gelu',
    isPadded: true,
    // The longest side is brought to four tiles; the whole image is one more.
    rows: (_, { height, width }) => 4 * Math.ceil(4 * Math.min(height, width) / Math.max(height, width)) + 1,
    tokens: (tower) => (gridSide(tower) / idefics3Scale(tower)) ** 2,
    projectorLinears: ({ hiddenSize, vision }) => new Map([['proj', [hiddenSize, vision!.hiddenSize! * idefics3Scale(sizedTower({ vision } as Architecture)!) ** 2]]]),
    makeProjector: shuffledProjector
  }),
  llava_next: wholeImagePart({
    source: 'transformers models/llava_next/modeling_llava_next.py, models/clip/modeling_clip.py',
    activation: 'quick-gelu',
    isClip: true,
    stateFromEnd: 2,
    rejoins: true,
    joinsTiles: true,
    rows: anyresRows(LLAVA_NEXT),
    tokens: (tower) => gridSide(tower) ** 2,
    imageTokens: anyresTokens(LLAVA_NEXT),
    projectorLinears: ({ hiddenSize, vision }) => new Map([['linear_1', [hiddenSize, vision!.hiddenSize!]], ['linear_2', [hiddenSize, hiddenSize]]]),
    makeProjector: anyresProjector(LLAVA_NEXT)
  }),
  llava_onevision: wholeImagePart({
    source: 'transformers models/llava_onevision/modeling_llava_onevision.py, models/siglip/modeling_siglip.py',
    activation: 'gelu',
    stateFromEnd: 1,
    rejoins: true,
    joinsTiles: true,
    rows: anyresRows(LLAVA_ONEVISION),
    tokens: (tower) => gridSide(tower) ** 2,
    imageTokens: anyresTokens(LLAVA_ONEVISION),
    projectorLinears: ({ hiddenSize, vision }) => new Map([['linear_1', [hiddenSize, vision!.hiddenSize!]], ['linear_2', [hiddenSize, hiddenSize]]]),
    makeProjector: anyresProjector(LLAVA_ONEVISION)
  }),
  paligemma: wholeImagePart({
    source: 'transformers models/paligemma/modeling_paligemma.py, models/siglip/modeling_siglip.py',
    activation: 'gelu',
    masks: true,
    tokenBytes: 8,
    tokens: (tower) => gridSide(tower) ** 2,
    projectorLinears: ({ hiddenSize, vision }) => new Map([['linear', [hiddenSize, vision!.hiddenSize!]]]),
    makeProjector: linearProjector
  }),
  llava: wholeImagePart({
    source: 'transformers models/llava/modeling_llava.py, models/clip/modeling_clip.py',
    activation: 'quick-gelu',
    isClip: true,
    stateFromEnd: 2,
    rejoins: true,
    tokens: (tower) => gridSide(tower) ** 2,
    projectorLinears: ({ hiddenSize, vision }) => new Map([['linear_1', [hiddenSize, vision!.hiddenSize!]], ['linear_2', [hiddenSize, hiddenSize]]]),
    makeProjector: mlpProjector
  })
}

const PIXTRAL_IN_LLAVA = pixtralPart(false)

/** The image part of a model: its own, statement by statement, else the nearest; null where there is none, or its sizes are unknown. */
export function imagePartOf (a: Architecture): ImagePart | null {
  const part = a.modelType === 'llava' && a.vision?.kind === 'pixtral' ? PIXTRAL_IN_LLAVA : PARTS[a.modelType ?? '']
  if (!sizedTower(a)) return null
  return part?.kinds.includes(a.vision?.kind ?? '') ? part : nearestPart(a)
}
